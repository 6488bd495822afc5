# SPDX-License-Identifier: Apache-2.0
"""test_loggers.py - event files of TensorBoard and model cards, byte by byte; no other package is needed"""
import os
import stat
import struct
import time

import pytest

import aico2
from aico2.integrations import model_card, tensorboard

# --- event files: known answers worked out from the specification ---

VERSION = bytes.fromhex("1800000000000000a37f4b220900000040fc54d9411a0d627261696e2e4576656e743a32eced8f9d")
SCALAR = bytes.fromhex("2700000000000000bbe1b1460900004040fc54d94110072a1a0a180a11"
                       "656e657267792f6770755f6a6f756c6573150000484193183af1")


def test_the_checksum():
    assert tensorboard.crc32c(b"123456789") == 0xE3069283
    assert tensorboard.crc32c(b"") == 0
    assert tensorboard.crc32c(bytes(32)) == 0x8A9136AA, "RFC 3720, B.4: 32 bytes of zeroes"


def test_known_records():
    assert tensorboard.record(tensorboard.version_event(1700000000.0)) == VERSION
    assert tensorboard.record(tensorboard.scalar_event(1700000001.0, 7, {"energy/gpu_joules": 12.5})) == SCALAR


def records(path):
    with open(path, "rb") as file:
        data = file.read()
    while data:
        length = struct.unpack("<Q", data[:8])[0]
        yield data[12:12 + length]
        data = data[16 + length:]


def test_a_file_of_a_run(home):
    with aico2.Tracker(country="FR", interval=0.01) as tracker, tensorboard.EventFile("runs/one") as events:
        end = time.monotonic() + 0.2
        while time.monotonic() < end:
            pass
        events.log_live(tracker, 1)
    events_after = tensorboard.EventFile(home / "runs" / "one")
    events_after.log_report(tracker.report, 2)
    events_after.log_live(tracker, 3)
    events_after.close()
    names = os.listdir("runs/one")
    assert len(names) == 2 and all(name.startswith("events.out.tfevents.") for name in names)
    first, second = list(records(events.path)), list(records(events_after.path))
    assert len(first) == 2 and b"aico2/energy_joules" in first[1]
    assert len(second) == 2 and b"aico2/carbon_grams_high" in second[1], "a tracker that has stopped logs nothing"


def test_large_and_negative_steps():
    assert tensorboard.scalar_event(0, 300, {})[9:12] == b"\x10\xac\x02"
    assert tensorboard.scalar_event(0, -1, {})[9:20] == b"\x10" + b"\xff" * 9 + b"\x01"


def test_a_step_that_is_none(home):
    with tensorboard.EventFile(home) as events, pytest.raises(TypeError, match="step must be a whole number, not str"):
        events.log("1", {"a": 1.0})


@pytest.mark.parametrize("folder, kind, words", [(None, TypeError, "folder must be a path, not NoneType"),
                                                 (5, TypeError, "folder must be a path, not int"),
                                                 ("a\0b", ValueError, "folder must not hold a NUL")])
def test_a_folder_that_is_none(home, folder, kind, words):
    with pytest.raises(kind, match=words):
        tensorboard.EventFile(folder)


# --- model cards ---

@pytest.mark.parametrize("report", [None, 5, aico2.Tracker(history=False)])
def test_what_is_no_report_is_named(home, report):
    """That of a tracker that runs is None."""
    with tensorboard.EventFile(home) as events:
        for call in (lambda: model_card.write_model_card("README.md", report), lambda: events.log_report(report)):
            with pytest.raises(TypeError, match="report must be a Report, not "):
                call()
    assert not (home / "README.md").exists()


def test_only_a_file_is_replaced(home):
    """A pipe stands for /dev/null, which root would have taken from everybody."""
    report = aico2.Tracker(country="FR", history=False).start().stop()
    os.mkfifo("pipe")
    os.symlink("pipe", "link")
    for path in ("pipe", "link", home):
        with pytest.raises(ValueError, match="path is no file that could be replaced"):
            model_card.write_model_card(path, report)
    assert stat.S_ISFIFO(os.stat("pipe").st_mode) and sorted(os.listdir(home)) == ["link", "pipe"]
    with pytest.raises(TypeError, match="path must be a path, not NoneType"):
        model_card.write_model_card(None, report)


BLOCK = {"emissions": 12.5, "source": 'aico2 0.1.0 ("x")'}
YAML = 'co2_eq_emissions:\n  emissions: 12.5\n  source: "aico2 0.1.0 (\\"x\\")"\n'


def test_a_card_without_front_matter():
    assert model_card.merged("# Model\n", BLOCK) == f"---\n{YAML}---\n# Model\n"
    assert model_card.merged("", BLOCK) == f"---\n{YAML}---\n"


def test_a_card_with_other_keys_keeps_them():
    card = "---\nlicense: mit   # a comment\ntags:\n- x\n---\n# Model\nco2_eq_emissions: in the text\n---\n"
    assert model_card.merged(card, BLOCK) == card.replace("- x\n", f"- x\n{YAML}")


def test_an_old_block_is_replaced():
    for old in ("co2_eq_emissions: 3\n", "co2_eq_emissions:\n  emissions: 3\n  source: x\n",
                "co2_eq_emissions: {emissions: 3}\n", "co2_eq_emissions:\n    emissions: 3\n\n    source: x\n"):
        card = f"---\na: 1\n{old}b:\n  emissions: 4\n---\ntext\n"
        assert model_card.merged(card, BLOCK) == f"---\na: 1\n{YAML}b:\n  emissions: 4\n---\ntext\n", old
    assert model_card.merged(model_card.merged("x\n", BLOCK), BLOCK) == model_card.merged("x\n", BLOCK)


def test_lines_of_windows_stay():
    merged = model_card.merged("---\r\na: 1\r\n---\r\ntext\r\n", BLOCK)
    assert merged == "---\r\na: 1\r\n" + YAML.replace("\n", "\r\n") + "---\r\ntext\r\n"


def test_the_block_of_a_run(home):
    yaml = pytest.importorskip("yaml")
    with aico2.Tracker(country="FR") as tracker:
        sum(range(100000))
    (home / "README.md").write_text("---\nlicense: mit\n---\nText: ünïcode\n", encoding="utf-8")
    os.chmod(home / "README.md", 0o600)
    model_card.write_model_card("README.md", tracker.report, training_type="fine-tuning", hardware_used="1 x: \"card\"")
    text = (home / "README.md").read_text(encoding="utf-8")
    assert text.endswith("---\nText: ünïcode\n")
    front = yaml.safe_load(text.split("---\n")[1])
    assert front["license"] == "mit"
    block = front["co2_eq_emissions"]
    assert block["emissions"] == float(tracker.report.total_gco2e)
    assert block["source"].startswith(f"aico2 {aico2.__version__} (cpu ")
    assert (block["training_type"], block["geographical_location"]) == ("fine-tuning", "France")
    assert block["hardware_used"] == '1 x: "card"'
    assert os.stat(home / "README.md").st_mode & 0o777 == 0o600
    assert not [name for name in os.listdir(home) if name.startswith(".aico2-")]


def test_a_card_through_a_link_stays_one(home):
    (home / "real.md").write_text("x\n", encoding="utf-8")
    os.symlink("real.md", home / "README.md")
    with aico2.Tracker() as tracker:
        pass
    model_card.write_model_card(home / "README.md", tracker.report)
    assert os.path.islink(home / "README.md")
    assert (home / "real.md").read_text(encoding="utf-8").startswith("---\nco2_eq_emissions:\n")
    assert "geographical_location" not in (home / "real.md").read_text(encoding="utf-8"), "a place is never guessed"
