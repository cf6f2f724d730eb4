"""The network between the parts: silent, black, cut, slow."""

import time

from .site import Site

SERVICES = ("mariadb", "kafka", "valkey")


def half_open(service: str):
    """All connections to a service go silent without an end, as when a firewall forgets them; new ones work."""

    def run(site: Site) -> None:
        site.write()
        time.sleep(1)
        site.stack.proxies[service].tell("drop")
        time.sleep(2)
        # Nothing but a time limit can notice a half-open link.
        site.within_s = 90

    return run


def black(service: str):
    """For a while new connections get no answer either."""

    def run(site: Site) -> None:
        site.write()
        time.sleep(1)
        site.stack.proxies[service].tell("black")
        time.sleep(site.scale.pause_s)
        site.stack.proxies[service].tell("pass")
        site.within_s = 90

    return run


def cut(site: Site) -> None:
    """All links are reset, five times in a row."""
    site.write()
    for _ in range(5):
        time.sleep(0.5)
        for service in SERVICES:
            site.stack.proxies[service].tell("cut")


def slow(site: Site) -> None:
    """Every link takes 100 ms more each way."""
    site.write()
    for service in SERVICES:
        site.stack.proxies[service].tell("delay 100")
    time.sleep(5)
    for service in SERVICES:
        site.stack.proxies[service].tell("pass")


DRILLS = {
    **{f"{service}-half-open": half_open(service) for service in SERVICES},
    **{f"{service}-black": black(service) for service in SERVICES},
    "links-cut": cut,
    "links-slow": slow,
}
