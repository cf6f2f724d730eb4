"""Compression by the C libraries, with and without a dictionary (RFC 9842), in this process."""

import ctypes
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# As `.ci/need compare` has it.
BROTLI_VERSION = "1.2.1"
# The smallest that has room for a page and a dictionary: a larger one gains nothing.
WINDOW_BITS = 18
# What RFC 9842 puts before the stream: a magic number and the dictionary's SHA-256.
DCB_HEAD_BYTES, DCZ_HEAD_BYTES = 36, 40
# For a page, compressed or not.
ROOM_BYTES = 1 << 20
# From zstd.h and brotli/encode.h.
ZSTD_LEVEL = 100
BROTLI_FINISH = 2
BROTLI_QUALITY, BROTLI_WINDOW, BROTLI_SIZE_HINT = 1, 2, 5

Coder = Callable[[bytes, bytes], bytes]


@dataclass(frozen=True)
class Candidate:
    """A way to compress a page. Both ways are given a dictionary too, empty if there is none."""

    name: str
    compress: Coder
    decompress: Coder
    head_bytes: int = 0


POINTER, SIZE, INT = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int


def _library(file: str, functions: dict[str, tuple]) -> ctypes.CDLL:
    """A C library, its functions declared: what each answers, then what it takes."""
    library = ctypes.CDLL(file)
    for name, (answers, *takes) in functions.items():
        function = getattr(library, name)
        function.restype, function.argtypes = answers, takes
    return library


class Zstd:
    """Debian's library, which apt needs too. A level's context is made once, as a thread of a server would."""

    def __init__(self) -> None:
        self.library = _library(
            "libzstd.so.1",
            {
                "ZSTD_createCCtx": (POINTER,),
                "ZSTD_createDCtx": (POINTER,),
                "ZSTD_createCDict": (POINTER, POINTER, SIZE, INT),
                "ZSTD_CCtx_setParameter": (SIZE, POINTER, INT, INT),
                "ZSTD_CCtx_refPrefix": (SIZE, POINTER, POINTER, SIZE),
                "ZSTD_CCtx_refCDict": (SIZE, POINTER, POINTER),
                "ZSTD_compress2": (SIZE, POINTER, POINTER, SIZE, POINTER, SIZE),
                "ZSTD_DCtx_refPrefix": (SIZE, POINTER, POINTER, SIZE),
                "ZSTD_decompressDCtx": (SIZE, POINTER, POINTER, SIZE, POINTER, SIZE),
                "ZSTD_isError": (INT, SIZE),
            },
        )
        self.room = ctypes.create_string_buffer(ROOM_BYTES)
        self.decoder = self.library.ZSTD_createDCtx()

    def level(self, level: int) -> Candidate:
        """Each page for itself."""
        return Candidate(f"zstd {level}", self._coder(level, lambda *_: None), self._decompress)

    def dictionary(self, level: int) -> Candidate:
        """With a dictionary of each page's own."""

        def refer(context: int, dictionary: bytes) -> None:
            self._ok(self.library.ZSTD_CCtx_refPrefix(context, dictionary, len(dictionary)))

        return Candidate(f"zstd {level}", self._coder(level, refer), self._decompress, DCZ_HEAD_BYTES)

    def shared(self, level: int, shared: bytes) -> Candidate:
        """With one dictionary for all, prepared once."""
        prepared = self.library.ZSTD_createCDict(shared, len(shared), level)
        coder = self._coder(level, lambda context, _: self._ok(self.library.ZSTD_CCtx_refCDict(context, prepared)))
        return Candidate(f"zstd {level}", coder, lambda content, _: self._decompress(content, shared), DCZ_HEAD_BYTES)

    def _coder(self, level: int, refer: Callable[[int, bytes], None]) -> Coder:
        context = self.library.ZSTD_createCCtx()
        self._ok(self.library.ZSTD_CCtx_setParameter(context, ZSTD_LEVEL, level))

        def compress(content: bytes, dictionary: bytes) -> bytes:
            refer(context, dictionary)
            size = self.library.ZSTD_compress2(context, self.room, ROOM_BYTES, content, len(content))
            return ctypes.string_at(self.room, self._ok(size))

        return compress

    def _decompress(self, content: bytes, dictionary: bytes) -> bytes:
        self._ok(self.library.ZSTD_DCtx_refPrefix(self.decoder, dictionary, len(dictionary)))
        size = self.library.ZSTD_decompressDCtx(self.decoder, self.room, ROOM_BYTES, content, len(content))
        return ctypes.string_at(self.room, self._ok(size))

    def _ok(self, size: int) -> int:
        if self.library.ZSTD_isError(size):
            raise RuntimeError("zstd could not do it")
        return size


class Brotli:
    """The library inside Python's wheel: Debian 12's knows no dictionaries. An encoder is made for each page: there is
    no way to use one again."""

    def __init__(self) -> None:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        self.library = _library(
            str(next((cache / "forecourt" / f"brotli-{BROTLI_VERSION}").glob("_brotli*.so"))),
            {
                "BrotliEncoderCreateInstance": (POINTER, POINTER, POINTER, POINTER),
                "BrotliEncoderSetParameter": (INT, POINTER, INT, ctypes.c_uint32),
                "BrotliEncoderPrepareDictionary": (POINTER, INT, SIZE, POINTER, INT, POINTER, POINTER, POINTER),
                "BrotliEncoderAttachPreparedDictionary": (INT, POINTER, POINTER),
                "BrotliEncoderDestroyPreparedDictionary": (None, POINTER),
                "BrotliEncoderCompressStream": (INT, POINTER, INT, POINTER, POINTER, POINTER, POINTER, POINTER),
                "BrotliEncoderIsFinished": (INT, POINTER),
                "BrotliEncoderDestroyInstance": (None, POINTER),
                "BrotliDecoderCreateInstance": (POINTER, POINTER, POINTER, POINTER),
                "BrotliDecoderAttachDictionary": (INT, POINTER, INT, SIZE, POINTER),
                "BrotliDecoderDecompressStream": (INT, POINTER, POINTER, POINTER, POINTER, POINTER, POINTER),
                "BrotliDecoderIsFinished": (INT, POINTER),
                "BrotliDecoderDestroyInstance": (None, POINTER),
            },
        )
        self.room = ctypes.create_string_buffer(ROOM_BYTES)

    def level(self, level: int) -> Candidate:
        """Each page for itself."""
        return Candidate(f"brotli {level}", lambda content, _: self._compress(content, level, None), self._decompress)

    def dictionary(self, level: int) -> Candidate:
        """With a dictionary of each page's own."""

        def compress(content: bytes, dictionary: bytes) -> bytes:
            prepared = self._prepared(dictionary, level)
            out = self._compress(content, level, prepared)
            self.library.BrotliEncoderDestroyPreparedDictionary(prepared)
            return out

        return Candidate(f"brotli {level}", compress, self._decompress, DCB_HEAD_BYTES)

    def shared(self, level: int, shared: bytes) -> Candidate:
        """With one dictionary for all, prepared once."""
        prepared = self._prepared(shared, level)
        return Candidate(
            f"brotli {level}",
            lambda content, _: self._compress(content, level, prepared),
            lambda content, _: self._decompress(content, shared),
            DCB_HEAD_BYTES,
        )

    def _prepared(self, dictionary: bytes, level: int) -> int:
        return self.library.BrotliEncoderPrepareDictionary(0, len(dictionary), dictionary, level, None, None, None)

    def _compress(self, content: bytes, level: int, prepared: int | None) -> bytes:
        encoder = self.library.BrotliEncoderCreateInstance(None, None, None)
        for parameter, value in (
            (BROTLI_QUALITY, level),
            (BROTLI_WINDOW, WINDOW_BITS),
            (BROTLI_SIZE_HINT, len(content)),
        ):
            self.library.BrotliEncoderSetParameter(encoder, parameter, value)
        is_whole = prepared is None or self.library.BrotliEncoderAttachPreparedDictionary(encoder, prepared)
        out = self._streamed(content, self.library.BrotliEncoderCompressStream, encoder, BROTLI_FINISH)
        is_whole = is_whole and self.library.BrotliEncoderIsFinished(encoder)
        self.library.BrotliEncoderDestroyInstance(encoder)
        if not is_whole:
            raise RuntimeError("brotli could not compress it")
        return out

    def _decompress(self, content: bytes, dictionary: bytes) -> bytes:
        decoder = self.library.BrotliDecoderCreateInstance(None, None, None)
        if dictionary:
            self.library.BrotliDecoderAttachDictionary(decoder, 0, len(dictionary), dictionary)
        out = self._streamed(content, self.library.BrotliDecoderDecompressStream, decoder)
        is_whole = self.library.BrotliDecoderIsFinished(decoder)
        self.library.BrotliDecoderDestroyInstance(decoder)
        if not is_whole:
            raise RuntimeError("brotli could not decompress it")
        return out

    def _streamed(self, content: bytes, function: Callable, *first: int) -> bytes:
        left, text = SIZE(len(content)), ctypes.cast(content, POINTER)
        room_left, room, done = SIZE(ROOM_BYTES), ctypes.cast(self.room, POINTER), SIZE()
        function(*first, *map(ctypes.byref, (left, text, room_left, room, done)))
        return ctypes.string_at(self.room, done.value)
