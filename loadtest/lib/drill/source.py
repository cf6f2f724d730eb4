"""The source: another server takes over."""

import shutil
import time

from ..machine import free_port
from ..services import MariaDb, MySql9, mysql_root
from .site import Failed, Site


def failover(site: Site) -> None:
    """A replica takes over from a primary that dies, with all its transactions and other files; portals go on there."""
    primary, replica = site.stack.mariadb, _replica(site)
    site.write()
    time.sleep(2)
    site.stop_writing()
    site.until("the replica is in step", lambda: replica.in_step(primary), 10)
    primary.kill()
    _take_over(site, replica)


def failover_lossy(site: Site) -> None:
    """The same without the last second's transactions, some of which pages have shown: they count no more."""
    primary, replica = site.stack.mariadb, _replica(site)
    site.write()
    time.sleep(2)
    replica.ask("STOP SLAVE")
    time.sleep(1)
    site.stop_writing()
    primary.kill()
    site.commits.forget()
    _take_over(site, replica)


def _replica(site: Site) -> MariaDb:
    """Made from a copy of the primary's files, as a backup is."""
    primary, number = site.stack.mariadb, site.stack.mariadb.server_id + 1
    replica = MariaDb(site.stack.directory, free_port(), name=f"mariadb-{number}", server_id=number)
    primary.stop()
    shutil.copytree(primary.data, replica.data, ignore=shutil.ignore_patterns("binlog-*"))
    primary.start()
    replica.start()
    replica.follow(primary)
    site.until("the replica is in step", lambda: replica.in_step(primary), 10)
    return replica


def _take_over(site: Site, replica: MariaDb) -> None:
    replica.promote()
    site.stack.replace(site.stack.mariadb, replica)
    took_s = site.until_shown(30)
    site.notes.append(f"the first change at the new primary was shown after {took_s:.1f} s")
    site.write()
    time.sleep(2)


def without_gtids(site: Site) -> None:
    """The source moves to a MySQL 9 with gtid_mode = OFF, which is then killed, and the relay too."""
    if not (mysql_root() / "usr/sbin/mysqld").exists():
        site.notes.append(f"SKIPPED: there is no MySQL 9 in {mysql_root()}; .ci/need mysql9")
        return
    site.is_spent = True
    stack = site.stack
    mysql = MySql9(stack.directory, free_port(), options=["--gtid-mode=OFF", "--enforce-gtid-consistency=OFF"])
    mysql.start()
    stack.fill(mysql)
    roles = [stack.relay, *stack.projectors]
    for role in roles:
        role.stop()
    old = stack.mariadb
    stack.replace(old, mysql)
    old.stop()
    site.commits.forget()
    for role in roles:
        role.start()
    site.notes.append(f"moved within {site.until_shown(30):.1f} s")
    site.settle()
    for process in (mysql, stack.relay):
        site.write()
        time.sleep(1)
        process.kill()
        time.sleep(1)
        process.start()
        time.sleep(1)
        site.settle()
    if "gtid_mode is not ON" not in stack.relay.log.read_text():
        raise Failed("the relay does not say what is missing")


DRILLS = {
    "failover": failover,
    "failover-lossy": failover_lossy,
    "mysql-without-gtids": without_gtids,
}
