# SPDX-License-Identifier: Apache-2.0
"""remote_write.py - a request of remote write 1.0 read without a library: snappy's block format, protobuf, samples."""
import struct

STALE = 0x7ff0000000000002


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7f) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def unpack(block):
    """The plain bytes (google/snappy, format_description.txt)."""
    size, at = varint(block, 0)
    out = bytearray()
    while at < len(block):
        tag = block[at]
        at += 1
        kind = tag & 3
        if kind == 0:
            length = tag >> 2
            if length >= 60:
                more = length - 59
                length = int.from_bytes(block[at:at + more], "little")
                at += more
            out += block[at:at + length + 1]
            at += length + 1
            continue
        if kind == 1:
            length, offset = (tag >> 2 & 7) + 4, (tag >> 5) << 8 | block[at]
            at += 1
        else:
            wide = 2 if kind == 2 else 4
            length, offset = (tag >> 2) + 1, int.from_bytes(block[at:at + wide], "little")
            at += wide
        assert 0 < offset <= len(out)
        for _ in range(length):
            out.append(out[-offset])
    assert len(out) == size
    return bytes(out)


def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 1:
            value, at = data[at:at + 8], at + 8
        elif kind == 2:
            length, at = varint(data, at)
            assert at + length <= len(data)
            value, at = data[at:at + length], at + length
        else:
            raise ValueError(f"type {kind}")
        yield number, value


def series(body):
    """[(labels as pairs in their order, value or "stale", milliseconds)] of a request; asserts what a server may."""
    found = []
    for number, one in fields(unpack(body)):
        assert number == 1
        labels, samples = [], []
        for inner, value in fields(one):
            if inner == 1:
                pair = dict(fields(value))
                labels.append((pair[1].decode(), pair[2].decode()))
            else:
                pair = dict(fields(value))
                bits = struct.unpack("<Q", pair[1])[0]
                samples.append(("stale" if bits == STALE else struct.unpack("<d", pair[1])[0], pair[2]))
        names = [name for name, _ in labels]
        assert names == sorted(set(names)) and "__name__" in names, names
        assert all(value for _, value in labels), labels
        found += [(tuple(labels), value, at) for value, at in samples]
    return found
