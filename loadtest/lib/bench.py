"""What every measurement is given."""

from dataclasses import dataclass
from pathlib import Path

from .forecourt import Catalogue


@dataclass
class Bench:
    """The binary, the catalogue it is measured on, and room for files that are removed afterwards."""

    binary: Path
    catalogue: Catalogue
    temporary: Path
    quick: bool

    def directory(self, name: str) -> Path:
        """A new directory."""
        path = self.temporary / name
        path.mkdir()
        return path
