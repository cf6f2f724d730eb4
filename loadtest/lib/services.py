"""MariaDB (or MySQL 9) and Valkey as processes on loopback, each with its data in a folder of its own; Kafka is in `kafka`."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import weakref
from pathlib import Path

import pymysql

from . import machine, resp
from .process import Process

DATABASE = "forecourt"
# Made up: the servers listen on loopback only and last as long as a test.
PASSWORD = "forecourt"
# What the roles need and no more (config/deployment.md lists the same), and what the portals who write need.
GRANTS = {
    "forecourt": ["SELECT ON {database}.*", "REPLICATION SLAVE, BINLOG MONITOR ON *.*"],
    "portal": ["ALL ON {database}.*"],
    "admin": ["ALL ON *.*"],
}
MYSQL_GRANTS = ["SELECT ON {database}.*", "REPLICATION SLAVE, REPLICATION CLIENT ON *.*"]


class MariaDb(Process):
    """The source. Commits are durable before they are answered, as a business's are."""

    def __init__(
        self, directory: Path, port: int, *, name: str = "mariadb", server_id: int = 1, keep: bool = False
    ):
        super().__init__(name, directory, keep=keep)
        self.port = port
        self.server_id = server_id
        self.data = directory / f"{name}-data"
        # Of its own: a server that starts removes all temporary tables it finds, those of other servers too.
        self.tmp = directory / f"{name}-tmp"

    def start(self) -> None:
        """Starts it, on what is in its folder if there is something; returns when it answers."""
        as_root = ["--user=root"] if os.geteuid() == 0 else []
        self.tmp.mkdir(exist_ok=True)
        if not self.data.exists():
            self._install(as_root)
        users = self.directory / "users.sql"
        users.write_text(_users_sql())
        self.spawn(
            [
                *(machine.find("mariadbd"), "--no-defaults", *as_root),
                *(f"--datadir={self.data}", f"--tmpdir={self.tmp}", "--socket=mariadb.sock"),
                *("--bind-address=127.0.0.1", f"--port={self.port}", "--skip-name-resolve", f"--init-file={users}"),
                *(f"--log-bin=binlog-{self.server_id}", "--binlog-format=ROW", "--binlog-row-metadata=FULL", "--binlog-row-image=FULL"),
                *(f"--server-id={self.server_id}", "--gtid-strict-mode=ON", "--log-slave-updates=ON"),
                *("--sync-binlog=1", "--innodb-flush-log-at-trx-commit=1"),
                *("--innodb-buffer-pool-size=256M", "--character-set-server=utf8mb4", "--max-connections=200"),
            ]
        )
        self.until(self.answers, 60)

    def _install(self, as_root: list[str]) -> None:
        command = ["mariadb-install-db", "--no-defaults", *as_root, f"--datadir={self.data}", "--skip-test-db"]
        command += ["--skip-name-resolve", "--auth-root-authentication-method=normal"]
        done = subprocess.run(command, env={**os.environ, "TMPDIR": str(self.tmp)}, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"mariadb-install-db: {done.stdout[-800:]}{done.stderr[-800:]}")

    def answers(self) -> bool:
        """Whether it answers a query."""
        with contextlib.suppress(pymysql.Error, OSError):
            return bool(self.ask("SELECT 1"))
        return False

    def ask(self, *statements: str) -> list[tuple]:
        """Statements of an administrator; answers the last one's rows."""
        with contextlib.closing(self.connect("admin", timeout_s=2)) as database, database.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())

    def follow(self, primary: "MariaDb") -> None:
        """Becomes a replica of one it has just been copied from; it has the files, its own binlog begins here."""
        ((gtid,),) = primary.ask("SELECT @@gtid_binlog_pos")
        self.ask(
            f"SET GLOBAL gtid_slave_pos = '{gtid}'",
            f"CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = {primary.port}, MASTER_USER = 'admin', "
            f"MASTER_PASSWORD = '{PASSWORD}', MASTER_CONNECT_RETRY = 1, MASTER_USE_GTID = slave_pos",
            "START SLAVE",
        )

    def in_step(self, primary: "MariaDb") -> bool:
        """Of a replica: whether it has all its primary has."""
        return self.ask("SELECT @@gtid_slave_pos") == primary.ask("SELECT @@gtid_binlog_pos")

    def promote(self) -> None:
        """A replica becomes a primary."""
        self.ask("STOP SLAVE", "RESET SLAVE ALL")

    def connect(self, user: str = "portal", *, timeout_s: float = 60) -> pymysql.Connection:
        """A connection that commits each statement. `connect_timeout` alone would leave reads to wait for ever."""
        return pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user=user,
            password=PASSWORD,
            database=DATABASE,
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=int(min(timeout_s, 10)),
            read_timeout=timeout_s,
            write_timeout=timeout_s,
        )

    def url(self, user: str = "forecourt", port: int | None = None) -> str:
        """Its address as `source.url` wants it; of a proxy in front of it when that port is given."""
        return f"mysql://{user}:{PASSWORD}@127.0.0.1:{port or self.port}/{DATABASE}"


class MySql9(MariaDb):
    """The source as MySQL 9, from where `.ci/need mysql9` puts it: a Debian of its own, so it runs in a chroot. `options`
    are further ones. Its data goes with this process."""

    def __init__(self, directory: Path, port: int, *, options: list[str]):
        super().__init__(directory, port, name="mysql9", server_id=9)
        self.options = options
        self.root = mysql_root()
        self.data = Path(tempfile.mkdtemp(prefix="forecourt-drill-", dir=self.root / "tmp"))
        weakref.finalize(self, shutil.rmtree, self.data, ignore_errors=True)

    def start(self) -> None:
        """Starts it, on what is in its folder if there is something; returns when it answers."""
        inside = Path("/") / self.data.relative_to(self.root)
        command = ["chroot", self.root, "/usr/sbin/mysqld", "--no-defaults", "--user=root", f"--datadir={inside}/data"]
        if not (self.data / "data").exists():
            subprocess.run([*command, "--initialize-insecure"], check=True, capture_output=True)
        (self.data / "users.sql").write_text(_users_sql(GRANTS | {"forecourt": MYSQL_GRANTS}))
        self.spawn(
            [
                *(*command, f"--socket={inside}/s", f"--init-file={inside}/users.sql", "--mysqlx=OFF", "--secure-file-priv="),
                *("--bind-address=127.0.0.1", f"--port={self.port}", "--skip-name-resolve", "--log-bin=mysql-bin"),
                *("--binlog-row-metadata=FULL", f"--server-id={self.server_id}", "--innodb-buffer-pool-size=128M"),
                *self.options,
            ]
        )
        self.until(self.answers, 60)


def mysql_root() -> Path:
    """Where MySQL 9 is, or would be."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("FORECOURT_MYSQL_ROOT") or cache / "forecourt" / "mysql9")


def _users_sql(of_users: dict[str, list[str]] = GRANTS) -> str:
    lines = ["SET sql_log_bin = 0", f"CREATE DATABASE IF NOT EXISTS {DATABASE} CHARACTER SET utf8mb4"]
    for user, grants in of_users.items():
        lines.append(f"CREATE USER IF NOT EXISTS '{user}'@'%' IDENTIFIED BY '{PASSWORD}'")
        lines += [f"GRANT {grant.format(database=DATABASE)} TO '{user}'@'%'" for grant in grants]
    # An init file has one statement a line.
    return "".join(f"{line};\n" for line in lines)


class Valkey(Process):
    """The store. It writes an append-only file, so that a restart is not a loss; `primary_port` makes it a replica."""

    def __init__(
        self, directory: Path, port: int, *, name: str = "valkey", primary_port: int | None = None, keep: bool = False
    ):
        super().__init__(name, directory, keep=keep)
        self.port = port
        self.primary_port = primary_port
        self.data = directory / f"{name}-data"

    def start(self) -> None:
        """Starts it, on what is in its folder if there is something; returns when it answers."""
        self.data.mkdir(exist_ok=True)
        replica = ["--replicaof", "127.0.0.1", self.primary_port] if self.primary_port else []
        self.spawn(
            [
                *(machine.find("valkey-server"), "--port", self.port, "--bind", "127.0.0.1", "--dir", self.data),
                *("--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--daemonize", "no"),
                *("--enable-debug-command", "local", "--repl-diskless-sync-delay", "0", *replica),
            ]
        )
        self.until(self.answers, 30)

    def answers(self) -> bool:
        """Whether it answers, and is not still loading."""
        with contextlib.suppress(RuntimeError, OSError), resp.Valkey(self.port, timeout_s=1) as connection:
            return connection.ask("PING") == b"PONG"
        return False

    def ask(self, *words: object):
        """A command's answer."""
        return resp.ask(self.port, *words)

    def in_step(self) -> bool:
        """Of a replica: whether it has all its primary has."""
        with contextlib.suppress(RuntimeError, OSError):
            mine, theirs = self._replication(self.port), self._replication(self.primary_port or 0)
            linked = mine.get("master_link_status") == "up" and mine.get("master_sync_in_progress") == "0"
            return linked and mine["master_repl_offset"] == theirs["master_repl_offset"]
        return False

    @staticmethod
    def _replication(port: int) -> dict[str, str]:
        lines = resp.ask(port, "INFO", "replication").decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def url(self, port: int | None = None) -> str:
        """Its address as `store.url` wants it; of a proxy in front of it when that port is given."""
        return f"redis://127.0.0.1:{port or self.port}/0"
