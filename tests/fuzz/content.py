"""Damage to bytes and to text: flips, cuts, splices, and, where a file is text, to its lines, fields and numbers."""

import gzip
import os

NUMBERS = [b"-1", b"0", b"1e999", b"nan", b"inf", b"2147483648", b"9223372036854775807", b"99999999999999999999", b"1e-400",
           b"0x10", b"1.5.2", b"", b"+", b"1,5", b"--1", b"\xc2\xbd"]
ODD = [b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\r\n", b"\n\n\n", b"\t", b" ", b"\"", b"'", b"\xc2\xa0", b"%", b"#", b":",
       b"x" * 70000, b"\xed\xa0\x80", b"=", b"[", b"]", b",", b";"]


def of_bytes(data, chance):
    """Flips, overwrites, cuts, insertions, copies of one place over another."""
    data = bytearray(data)
    done = []
    for _ in range(chance.choice([1, 1, 1, 2, 4, 8])):
        if not data:
            break
        # Small HDF5 files hold what describes them at their beginning: there it hurts.
        at = chance.randrange(len(data)) if chance.random() < 0.6 else chance.randrange(min(len(data), 4096))
        length = chance.choice([1, 2, 4, 8, 16, 64, 512])
        how = chance.randrange(8)
        if how < 3:
            data[at] ^= 1 << chance.randrange(8)
            done.append(f"flip {at}")
        elif how == 3:
            data[at:at + length] = bytes([chance.choice([0, 0xFF, 0x7F, 0x80, chance.randrange(256)])]) * len(data[at:at + length])
            done.append(f"fill {at}+{length}")
        elif how == 4:
            del data[at:]
            done.append(f"cut at {at}")
        elif how == 5:
            source = chance.randrange(len(data))
            piece = data[source:source + length]
            data[at:at + len(piece)] = piece
            done.append(f"copy {source}+{length} to {at}")
        elif how == 6:
            del data[at:at + length]
            done.append(f"delete {at}+{length}")
        else:
            data[at:at] = bytes(chance.randrange(256) for _ in range(min(length, 16)))
            done.append(f"insert at {at}")
    return bytes(data), "; ".join(done)


def of_text(data, chance):
    """Lines and fields lost, doubled, exchanged; numbers and separators replaced."""
    done = []
    for _ in range(chance.choice([1, 1, 2, 3])):
        lines = data.split(b"\n")
        at = chance.choice([0, 1, 2, len(lines) - 1, chance.randrange(len(lines))]) % len(lines)
        how = chance.randrange(9)
        done.append(f"text {how} line {at}")
        if how == 0:
            del lines[at]
        elif how == 1:
            lines.insert(at, chance.choice([lines[at], b"", b" ", chance.choice(ODD)]))
        elif how == 2:
            other = chance.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        elif how in (3, 4, 5):
            for separator in (b",", b"\t", b" "):
                fields = lines[at].split(separator)
                if len(fields) > 1:
                    break
            field = chance.randrange(len(fields))
            if how == 3:
                fields[field] = chance.choice(NUMBERS)
            elif how == 4:
                fields.insert(field, chance.choice([fields[field], chance.choice(NUMBERS), chance.choice(ODD)]))
            else:
                del fields[field]
            lines[at] = separator.join(fields)
        elif how == 6:
            place = chance.randint(0, len(lines[at]))
            lines[at] = lines[at][:place] + chance.choice(ODD) + lines[at][place:]
        elif how == 7:
            lines = chance.choice([lines[:at], lines[at:], lines + lines, [chance.choice([b"\r", b" "]).join(lines)]])
        else:
            old, new = chance.choice([(b" ", b"\t"), (b",", b";"), (b"\n", b"\r\n"), (b"\n", b"\r"), (b".", b","), (b"\t", b"  ")])
            lines = b"\n".join(lines).replace(old, new).split(b"\n")
        data = b"\n".join(lines)
    return data, "; ".join(done)


def damage(path, chance, text):
    """Damages a file in place: as bytes, or, half the time where it is text, as such; within gzip or around it."""
    with open(path, "rb") as file:
        data = file.read()
    if text and chance.random() < 0.7:
        if data[:2] == b"\x1f\x8b":
            data, done = (of_text if chance.random() < 0.7 else of_bytes)(gzip.decompress(data), chance)
            data = gzip.compress(data, mtime=0)
        else:
            data, done = of_text(data, chance)
    else:
        data, done = of_bytes(data, chance)
    os.remove(path)
    with open(path, "wb") as file:
        file.write(data)
    return done
