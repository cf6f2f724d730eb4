"""A certificate authority of a test's own, by openssl."""

import subprocess
from pathlib import Path

_NEW_KEY = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class Authority:
    """Its certificate is `ca`, which clients are to trust."""

    def __init__(self, directory: Path):
        directory.mkdir(exist_ok=True)
        self.directory = directory
        self.ca = directory / "ca.pem"
        self._openssl(*_NEW_KEY, "-x509", "-days", "2", "-subj", "/CN=drills", "-keyout", "ca.key", "-out", self.ca)

    def server(self) -> Path:
        """A server on 127.0.0.1: its key, its certificate and the authority's, one PEM file."""
        alternative = ("-addext", "subjectAltName=IP:127.0.0.1")
        self._openssl(*_NEW_KEY, "-subj", "/CN=127.0.0.1", *alternative, "-keyout", "server.key", "-out", "server.csr")
        signed = ("-CA", self.ca, "-CAkey", "ca.key", "-CAcreateserial", "-copy_extensions", "copy", "-days", "2")
        self._openssl("x509", "-req", "-in", "server.csr", *signed, "-out", "server.crt")
        parts = [self.directory / "server.key", self.directory / "server.crt", self.ca]
        file = self.directory / "server.pem"
        file.write_text("".join(part.read_text() for part in parts))
        return file

    def _openssl(self, *arguments: object) -> None:
        command = ["openssl", *map(str, arguments)]
        done = subprocess.run(command, cwd=self.directory, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr[-500:]}")
