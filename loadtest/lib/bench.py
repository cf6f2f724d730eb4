"""What every measurement is given."""

from dataclasses import dataclass, field
from pathlib import Path

from .forecourt import Catalogue

LARGE_CARS = 100_000


@dataclass
class Bench:
    """The binary, the catalogue it is measured on, and room for files that are removed afterwards."""

    binary: Path
    catalogue: Catalogue
    temporary: Path
    quick: bool
    _large: Catalogue | None = field(default=None, init=False)

    def directory(self, name: str) -> Path:
        """A new directory."""
        path = self.temporary / name
        path.mkdir()
        return path

    def large(self) -> Catalogue:
        """A catalogue of ten times as many cars, generated when it is first needed. Those who need it share it."""
        if self._large is None:
            self._large = Catalogue.seeded(self.binary, "generated", self.temporary / "large.db", LARGE_CARS)
        return self._large

    def generated(self, name: str, cars: int) -> Catalogue:
        """A catalogue of another size, in a new directory, for one measurement to change."""
        return Catalogue.seeded(self.binary, "generated", self.directory(name) / "catalogue.db", cars)
