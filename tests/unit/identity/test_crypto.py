"""Sealed cells, the hierarchy of keys, blind indexes, and the folder that holds the master key."""

import stat
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.integrations.local_keys import LocalKeys, MissingKeys
from app.kit.crypto import NIL, CannotOpen, Keyring, decrypt, encrypt, place, seal, unseal

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
ROW = UUID(int=7)
WHERE = place("members", "name_enc", UUID(int=1), ROW)


@dataclass
class FixedKeys:
    master: bytes = KEY
    index: bytes = OTHER

    def master_key(self) -> bytes:
        return self.master

    def index_key(self) -> bytes:
        return self.index


@given(st.text())
def test_what_is_sealed_opens_again(text: str):
    assert decrypt(KEY, encrypt(KEY, text, WHERE), WHERE) == text


def test_equal_texts_are_sealed_differently():
    assert encrypt(KEY, "Wanjiku", WHERE) != encrypt(KEY, "Wanjiku", WHERE)


@pytest.mark.parametrize(
    "where",
    [
        place("persons", "name_enc", UUID(int=1), ROW),
        place("members", "phone_enc", UUID(int=1), ROW),
        place("members", "name_enc", UUID(int=2), ROW),
        place("members", "name_enc", None, ROW),
        place("members", "name_enc", UUID(int=1), UUID(int=8)),
    ],
)
def test_a_value_moved_elsewhere_does_not_open(where: str):
    with pytest.raises(CannotOpen):
        decrypt(KEY, encrypt(KEY, "Wanjiku", WHERE), where)


def test_a_table_without_a_group_has_the_nil_group():
    assert place("persons", "phone_enc", None, ROW) == place("persons", "phone_enc", NIL, ROW)


def test_another_key_does_not_open():
    with pytest.raises(CannotOpen):
        decrypt(OTHER, encrypt(KEY, "Wanjiku", WHERE), WHERE)


def test_no_changed_byte_and_no_cut_opens():
    sealed = encrypt(KEY, "Wanjiku", WHERE)
    changed = [sealed[:i] + bytes([sealed[i] ^ 1]) + sealed[i + 1 :] for i in range(len(sealed))]
    cut = [sealed[:i] for i in range(len(sealed))]
    for bad in changed + cut:
        with pytest.raises(CannotOpen):
            unseal(KEY, bad, WHERE)


def test_the_hierarchy_opens_after_a_restart():
    first = Keyring(FixedKeys())
    group = first.new_data_key("groups|wrapped_key")
    member = first.new_key_under(group.plain, "members|wrapped_key")
    later = Keyring(FixedKeys())
    group_key = later.unwrap(group.wrapped, "groups|wrapped_key")
    assert group_key == group.plain
    assert later.unwrap_under(group_key, member.wrapped, "members|wrapped_key") == member.plain
    with pytest.raises(CannotOpen):
        Keyring(FixedKeys()).unwrap(group.wrapped, "groups|another row")
    with pytest.raises(CannotOpen):
        Keyring(FixedKeys(master=OTHER)).unwrap(group.wrapped, "groups|wrapped_key")
    with pytest.raises(CannotOpen):
        Keyring(FixedKeys()).unwrap_under(OTHER, member.wrapped, "members|wrapped_key")


def test_an_opened_key_is_opened_once_and_the_place_still_counts():
    keyring = Keyring(FixedKeys())
    key = keyring.new_data_key("groups|a")
    assert keyring.unwrap(key.wrapped, "groups|a") is keyring.unwrap(key.wrapped, "groups|a")
    with pytest.raises(CannotOpen):
        keyring.unwrap(key.wrapped, "groups|b")


def test_short_lived_rows_are_sealed_by_the_master_key():
    keyring = Keyring(FixedKeys())
    sealed = keyring.seal_small("+254712345678", WHERE)
    assert b"712345678" not in sealed
    assert keyring.open_small(sealed, WHERE) == "+254712345678"


def test_the_blind_index_is_stable_and_has_its_own_key():
    phone = "+254712345678"
    index = Keyring(FixedKeys()).blind_index(phone)
    assert len(index) == 32
    assert index == Keyring(FixedKeys(master=bytes(32))).blind_index(phone)
    assert index == bytes.fromhex("69e242b7cbce061cb729e05f13aaba5b85549812702f807a7172ae6d1dde49cd")
    assert index != Keyring(FixedKeys(index=KEY)).blind_index(phone)
    assert index != Keyring(FixedKeys()).blind_index("+254712345679")


def test_a_codes_proof_belongs_to_its_request():
    keyring, request_id = Keyring(FixedKeys()), uuid4()
    proof = keyring.code_mac(request_id, "123456")
    assert proof == keyring.code_mac(request_id, "123456")
    assert proof not in {keyring.code_mac(uuid4(), "123456"), keyring.code_mac(request_id, "123457")}


def test_the_key_never_shows_in_the_sealed_value():
    assert KEY not in seal(KEY, b"x", WHERE)
    assert KEY[:4] not in seal(KEY, b"x", WHERE)[1:5]


def test_development_makes_its_keys_once_for_the_owner_only(tmp_path: Path):
    folder = tmp_path / "keys"
    keys = LocalKeys(folder, create=True)
    master, index = keys.master_key(), keys.index_key()
    assert master != index
    assert (len(master), len(index)) == (32, 32)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    again = LocalKeys(folder, create=False)
    assert (again.master_key(), again.index_key()) == (master, index)


def test_production_refuses_missing_and_broken_keys(tmp_path: Path):
    with pytest.raises(MissingKeys, match="missing"):
        LocalKeys(tmp_path, create=False).master_key()
    assert list(tmp_path.iterdir()) == []
    for broken in ("", "abcd", "not hexadecimal"):
        (tmp_path / "master.key").write_text(broken)
        with pytest.raises(MissingKeys):
            LocalKeys(tmp_path, create=True).master_key()
