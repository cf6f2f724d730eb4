"""Leads while everything that keeps them is killed, cut off and full: what was thanked for is delivered, once, and seen by
nobody else."""

import base64
import contextlib
import http.client
import json
import random
import resource
import signal
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import quote, urlencode

from ..roles import Role
from .site import Failed, Site

NAME = "Zebulon Quixote"
TOPICS = ("forecourt.leads", "forecourt.leads.quarantine")
# One network leaves all of them; and a form sent again is the same lead for as long as the drill lasts.
OWN = {"LEAD__PER_ADDRESS_MAX": "0", "LEAD__PER_PHONE_MAX": "0", "LEAD__PER_CAR_MAX": "0", "LEAD__REPEAT_MINUTES": "10080"}
CLIENTS = 6
PER_SECOND = 60
FULL_DISK_BYTES = 6 << 20


def leads(site: Site) -> None:
    """Leads are left all the time: kill -9 at random, Kafka away half of the time, a disk that is full for a while."""
    n, kills = site.scale.pick(300, 2_000, 10_000), site.scale.pick(6, 20, 100)
    with site.configured(**OWN), _small_disk(site, site.stack.instances[0]) as disk:
        people = People(site, n)
        people.start()
        _break(site, people, disk, kills)
        people.join()
        for instance in site.stack.instances:
            waits = lambda: instance.status().get("leads", {}).get("waiting") == 0  # noqa: B023, E731
            site.until(f"{instance.name} has delivered all its leads", waits, 60)
        _delivered(site, people)
        _receipts(site, people)
        _no_core(site)
        _seen_by_nobody(site, people)


class People:
    """Whoever leaves leads: each their own number, from whatever instance answers, until they are thanked."""

    def __init__(self, site: Site, n: int):
        self.site, self.n = site, n
        self.receipts: dict[int, str] = {}
        self.tries: Counter[str] = Counter()
        self.failures: list[str] = []
        self._next = iter(range(n))
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(CLIENTS)]

    def start(self) -> None:
        """They begin."""
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        """Waits until all of them are thanked."""
        for thread in self._threads:
            thread.join(600)
        if self.failures or len(self.receipts) < self.n:
            raise Failed(f"{len(self.receipts)} of {self.n} thanked; {self.failures[:3]}")

    def _run(self) -> None:
        while (person := self._take()) is not None:
            began = time.monotonic()
            try:
                receipt = self._thanked(person)
                with self._lock:
                    self.receipts[person] = receipt
                # Somebody who clicks again, perhaps on another instance.
                if person % 10 == 0 and (again := self._thanked(person)) != receipt:
                    raise Failed(f"{person} has two receipts, {receipt} and {again}")
            except Exception as error:  # said at the end
                self.failures.append(f"{person}: {error!r}")
                return
            time.sleep(max(0.0, CLIENTS / PER_SECOND - (time.monotonic() - began)))

    def _take(self) -> int | None:
        with self._lock:
            return next(self._next, None)

    def _thanked(self, person: int) -> str:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            instance = random.choice(self.site.stack.instances)
            try:
                status, location = _post(instance.port or 0, form(person))
            except (OSError, http.client.HTTPException):
                self.tries["no answer"] += 1
                time.sleep(0.02)
                continue
            self.tries[str(status)] += 1
            if status == 303:
                return location
            if status != 503:
                raise Failed(f"answered with {status}")
            time.sleep(0.1)
        raise Failed("not thanked within two minutes")


def phone(person: int) -> str:
    """A number of their own."""
    return f"98{person + 12_345_678:08}"


def form(person: int) -> str:
    """What they send."""
    fields = {"car_id": 1000 + person % 50, "phone": phone(person), "name": f"{NAME} {person}", "consent": 1}
    return urlencode(fields)


def _post(port: int, body: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    try:
        fields = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
        connection.request("POST", "/leads", body, fields)
        response = connection.getresponse()
        response.read()
        return response.status, response.getheader("Location") or ""
    finally:
        connection.close()


def _break(site: Site, people: People, disk: "Disk", kills: int) -> None:
    """Something every so many leads. The processes are started here: what ends with us has to be."""
    kafka_is_up, killed, outages, full = True, 0, 0, False
    every = people.n / (kills + 1)
    while killed < kills and not people.failures:
        site.until("another lead", lambda: len(people.receipts) >= (killed + 1) * every or people.failures, 180)
        # Who starts on a full disk has no room taken in advance.
        on_full_disk = full and killed == kills * 2 // 5 + 1
        victim = site.stack.instances[0] if on_full_disk else random.choice(site.stack.instances)
        with site.excused(victim):
            victim.signal(signal.SIGABRT if killed % 5 == 4 else signal.SIGKILL)
            victim.wait(10)
            victim.start(wait=False)
            killed += 1
            # Away half of the time: killed, and every second time there and silent.
            if killed % max(1, kills // 10) == 0:
                _kafka(site, not kafka_is_up, silently=outages % 2 == 1)
                kafka_is_up = not kafka_is_up
                outages += kafka_is_up
            if not full and killed >= kills * 2 // 5:
                full = True
                disk.fill()
            if full and killed >= kills * 4 // 5:
                disk.empty()
    disk.empty()
    if not kafka_is_up:
        _kafka(site, True, silently=outages % 2 == 1)
        outages += 1
    site.notes.append(f"{killed} kills, {outages} outages of Kafka, the disk full {disk.times} times ({disk.how})")


def _kafka(site: Site, up: bool, *, silently: bool) -> None:
    proxy, kafka = site.stack.proxies["kafka"], site.stack.kafka
    if silently:
        proxy.tell("pass" if up else "black")
    elif up:
        kafka.start()
    else:
        kafka.kill()


class Disk:
    """A small one under an instance's spool, where the system lets us; else a bound of the spool stands for it."""

    def __init__(self, folder: Path, is_mounted: bool):
        self.folder, self.is_mounted, self.times = folder, is_mounted, 0
        self.how = "a small file system" if is_mounted else "a bound of the spool"

    def fill(self) -> None:
        """Until not a byte is left."""
        self.times += 1
        file = self.folder / ("filler" if self.is_mounted else "0000000000.spool")
        if not self.is_mounted:
            file.write_bytes(bytes(FULL_DISK_BYTES))
            return
        with contextlib.suppress(OSError), file.open("wb", buffering=0) as filler:
            while filler.write(bytes(4096)):
                pass

    def empty(self) -> None:
        """There is room again."""
        for name in ("filler", "0000000000.spool"):
            (self.folder / name).unlink(missing_ok=True)


@contextlib.contextmanager
def _small_disk(site: Site, instance: Role):
    folder = instance.data / "leads"
    command = ["mount", "-t", "tmpfs", "-o", f"size={FULL_DISK_BYTES},mode=700", "forecourt-drill", str(folder)]
    mounted = False
    try:
        with site.excused(instance):
            instance.stop()
            folder.mkdir(parents=True, exist_ok=True)
            for old in folder.iterdir():
                old.unlink()
            mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
            if not mounted:
                instance.settings = instance.settings | {"LEAD__SPOOL_BYTES_MAX": str(FULL_DISK_BYTES)}
            instance.start(wait=False)
        yield Disk(folder, mounted)
    finally:
        if mounted:
            with site.excused(instance):
                try:
                    # What is in it is in Kafka, or the drill has failed.
                    instance.stop()
                finally:
                    subprocess.run(["umount", "-l", str(folder)], check=False)
                instance.start(wait=False)


def _delivered(site: Site, people: People) -> None:
    """Every lead that was thanked for is in Kafka under its id, none under two."""
    delivered: dict[str, set[str]] = {}
    times: Counter[str] = Counter()
    for line in (line for topic in TOPICS for line in site.stack.kafka.messages(topic)):
        lead = json.loads(line)
        if lead.get("name", "").startswith(NAME):
            delivered.setdefault(lead["phone"], set()).add(lead["id"])
            times[lead["id"]] += 1
    for person, receipt in people.receipts.items():
        ids = delivered.get(f"+91{phone(person)}", set())
        if ids != {receipt.removeprefix("/leads/")}:
            raise Failed(f"{person} was thanked with {receipt}, Kafka has {sorted(ids) or 'nothing'}")
    if len(delivered) != people.n:
        raise Failed(f"{len(delivered)} numbers in Kafka, {people.n} people")
    again = sum(count - 1 for count in times.values())
    tries = ", ".join(f"{count} x {what}" for what, count in sorted(people.tries.items()))
    site.notes.append(f"{people.n} leads delivered under one id each, {again} of them sent again; {tries}")


def _receipts(site: Site, people: People) -> None:
    """Any instance answers for any receipt, with nothing of anybody in it."""
    for person in random.sample(sorted(people.receipts), 20):
        instance = random.choice(site.stack.instances)
        connection = http.client.HTTPConnection("127.0.0.1", instance.port or 0, timeout=15)
        connection.request("GET", people.receipts[person])
        response = connection.getresponse()
        text = response.read().decode()
        if response.status != 200 or phone(person) in text or NAME in text:
            raise Failed(f"{instance.name} answers {response.status} for {people.receipts[person]}")
        connection.close()


def _no_core(site: Site) -> None:
    """An instance that is aborted leaves no image of its memory."""
    victim = site.stack.instances[1]
    pid = victim.pid
    with site.excused(victim):
        resource.prlimit(pid or 0, resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        victim.signal(signal.SIGABRT)
        victim.wait(10)
        if cores := [file for file in victim.directory.rglob("core*") if file.is_file()]:
            raise Failed(f"a core dump: {cores}")
        victim.start(wait=False)


def _seen_by_nobody(site: Site, people: People) -> None:
    """Marker names and numbers are in no log, metric, status, page, other topic or other file, however they are written."""
    texts: dict[str, bytes] = {}
    for instance in site.stack.instances:
        for path in ("/metrics", "/status", "/readyz"):
            texts[f"{instance.name} {path}"] = _body(instance.admin_port, path)
        for path in ("/cars", "/car/x-1000", "/privacy"):
            texts[f"{instance.name} {path}"] = _body(instance.port or 0, path)
    # What instances write beside leads, decompressed; all topics are among the files.
    for topic in {"forecourt.events", "forecourt.dead_letters"} & set(site.stack.kafka.topics()):
        texts[topic] = "\n".join(site.stack.kafka.messages(topic)).encode()
    folder = site.stack.directory
    for file in (file for file in folder.rglob("*") if file.is_file() and not file.is_symlink()):
        inside = file.relative_to(folder)
        # Where leads are at home; whom no instance writes to; Kafka's indexes, which hold numbers of its own alone.
        at_home = file.suffix == ".spool" or any(part.startswith("forecourt.leads") for part in inside.parts)
        if at_home or inside.parts[0].startswith("mariadb") or file.suffix in (".index", ".timeindex"):
            continue
        with contextlib.suppress(OSError):
            texts[str(inside)] = file.read_bytes()
    sample = random.sample(range(people.n), site.scale.pick(5, 10, 50))
    markers = [NAME, *(phone(person) for person in sample)]
    forms = [(marker, shape) for marker in markers for shape in _shapes(marker)]
    for what, text in texts.items():
        for marker, shape in forms:
            if shape in text:
                raise Failed(f"{marker!r} is in {what}, as {shape!r}")
    megabytes = sum(map(len, texts.values())) / 1e6
    site.notes.append(f"no marker in {len(texts)} files, answers and topics ({megabytes:.0f} MB), {len(forms)} shapes")


def _shapes(text: str) -> list[bytes]:
    """A text as it is, in addresses, in base64 wherever it begins, in UTF-16."""
    raw = [text, text.replace(" ", "+"), quote(text), "".join(f"%{byte:02X}" for byte in text.encode())]
    in_base64 = [base64.b64encode(b"x" * n + text.encode())[4:-6] for n in range(3)]
    return [shape.encode() for shape in dict.fromkeys(raw)] + in_base64 + [text.encode("utf-16-le"), text.encode("utf-16-be")]


def _body(port: int, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    connection.request("GET", path)
    body = connection.getresponse().read()
    connection.close()
    return body


DRILLS = {"leads": leads}
