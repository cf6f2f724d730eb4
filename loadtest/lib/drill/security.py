"""Services that ask who is there, over TLS."""

import contextlib
import re
import time
from pathlib import Path

from ..certificates import Authority
from ..machine import free_port
from ..roles import Role
from .site import Failed, Site

USER, PASSWORD = "forecourt", "drill-secret"
REFUSED = re.compile(r"[^\n]*uthentication[^\n]*failed[^\n]*")
# A second listener; the first stays for the tools.
_BROKER = """\
listeners=PLAINTEXT://127.0.0.1:{port},SASL_SSL://127.0.0.1:{secured_port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},SASL_SSL://127.0.0.1:{secured_port}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
sasl.enabled.mechanisms=PLAIN
listener.name.sasl_ssl.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required user_{user}="{password}";
"""
_CLIENT = """\
security.protocol=SASL_SSL
sasl.mechanism=PLAIN
sasl.username={user}
sasl.password={password}
ssl.ca.location={ca}
"""


def kafka_sasl(site: Site) -> None:
    """Brokers want TLS and a password: with the right one all is as ever, with a wrong one each role says so."""
    kafka, authority = site.stack.kafka, Authority(site.stack.directory / "certificates")
    port = free_port()
    kafka.restart(
        _BROKER.format(
            **{"port": kafka.port, "secured_port": port, "controller_port": kafka.controller_port},
            **{"keystore": authority.server(), "user": USER, "password": PASSWORD},
        )
    )
    properties = site.stack.directory / "client.properties"
    _write_properties(properties, authority, PASSWORD)
    with site.configured(KAFKA__BROKERS=f"127.0.0.1:{port}", KAFKA__PROPERTIES_FILE=str(properties)):
        site.notes.append(f"a change is shown after {site.until_shown(10):.2f} s")
        site.write()
        time.sleep(1)
        site.settle()
        _write_properties(properties, authority, "wrong")
        # One that stands by asks no broker.
        site.stack.projectors[1].stop()
        refused = [site.stack.relay, site.stack.projectors[0], site.stack.instances[0]]
        with site.excused(*refused):
            _are_refused(site, refused)
    kafka.restart("")


def _write_properties(file: Path, authority: Authority, password: str) -> None:
    file.write_text(_CLIENT.format(user=USER, password=password, ca=authority.ca))


def _are_refused(site: Site, roles: list[Role]) -> None:
    for role in roles:
        role.stop()
    lengths = [len(role.log.read_text(errors="replace")) for role in roles]
    for role in roles:
        role.start(wait=False)

    def silent() -> list[str]:
        logs = zip(roles, lengths)
        return [role.name for role, before in logs if not REFUSED.search(role.log.read_text(errors="replace")[before:])]

    with contextlib.suppress(Failed):
        site.until("all say that their password is refused", lambda: not silent(), 15)
    if names := silent():
        raise Failed(f"{', '.join(names)} did not say that the password is refused")


DRILLS = {"kafka-sasl": kafka_sasl}
