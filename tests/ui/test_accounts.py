"""Names and passwords: kept hashed, checked in constant time, guessed slowly."""

import asyncio
import json
import stat

import pytest

from ui.accounts import Accounts, hashed_password
from ui.errors import InvalidAccounts
from ui.sign_in import Delays, SignIn, client_address

PASSWORD = "correct horse"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "accounts.json"


@pytest.fixture
def accounts(path):
    made = Accounts(path)
    made.set_password("anna", PASSWORD)
    return made


def test_the_right_password_of_the_right_name_is_right(accounts):
    accounts.set_password("bert", "battery staple")
    assert accounts.names() == ("anna", "bert")
    assert accounts.password_is_right("anna", PASSWORD)
    for name, password in [("anna", "battery staple"), ("Anna", PASSWORD), ("", "")]:
        assert not accounts.password_is_right(name, password)


def test_the_file_holds_no_password_and_is_readable_for_its_owner_alone(accounts, path):
    token = accounts.new_token("anna")
    content = path.read_text("utf-8")
    assert PASSWORD not in content
    assert token not in content
    assert "scrypt$32768$8$3$" in content
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_same_password_is_kept_differently_each_time():
    assert hashed_password(PASSWORD) != hashed_password(PASSWORD)


def test_a_token_stands_for_its_account_until_the_next_one(accounts):
    first = accounts.new_token("anna")
    assert accounts.holder_of(first) == "anna"
    second = accounts.new_token("anna")
    assert (accounts.holder_of(first), accounts.holder_of(second)) == (None, "anna")
    assert accounts.holder_of("") is accounts.holder_of("fn-x") is None
    assert accounts.password_is_right("anna", PASSWORD)


def test_a_change_of_the_file_counts_at_once(accounts, path):
    other = Accounts(path)
    token = other.new_token("anna")
    other.set_password("anna", "another one")
    assert accounts.password_is_right("anna", "another one")
    assert accounts.holder_of(token) == "anna"
    other.remove("anna")
    assert not accounts.password_is_right("anna", "another one")
    assert accounts.holder_of(token) is None


@pytest.mark.parametrize("name", ["", " anna", "an na", "a" * 65, "a:b", "../x", "a\nb", "<b>"])
def test_odd_names_are_refused(accounts, name):
    with pytest.raises(InvalidAccounts, match="cannot be a name"):
        accounts.set_password(name, PASSWORD)


@pytest.mark.parametrize("password", ["", "seven77", "x" * 1001])
def test_short_and_endless_passwords_are_refused(accounts, password):
    with pytest.raises(InvalidAccounts, match="take at least 8"):
        accounts.set_password("anna", password)


def test_names_that_are_not_there_are_named(accounts):
    for act in (accounts.remove, accounts.new_token):
        with pytest.raises(InvalidAccounts, match=r"no account 'bert'.* it has anna"):
            act("bert")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"accounts": 1}', '{"accounts": {"a": {}}}', "\xff"])
def test_a_file_that_holds_no_accounts_is_refused(path, content):
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(InvalidAccounts, match="holds no account"):
        Accounts.open(path)


def test_a_missing_file_says_how_to_make_one(path):
    with pytest.raises(InvalidAccounts, match="footnote account add NAME --auth"):
        Accounts.open(path)


@pytest.mark.parametrize("kept", ["", "plain", "scrypt$x$8$1$AA==$AA==", "scrypt$32768$8$3$AA==$"])
def test_a_hash_that_was_changed_by_hand_lets_nobody_in(path, kept):
    path.write_text(json.dumps({"accounts": {"anna": {"password": kept}}}))
    accounts = Accounts(path)
    assert not accounts.password_is_right("anna", "")
    assert not accounts.password_is_right("anna", kept)


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def test_the_wait_doubles_up_to_a_minute_and_a_quarter_hour_forgets():
    clock = Clock()
    delays = Delays(clock)
    assert [delays.begin("a") for _ in range(3)] == [0, 0, 0]
    waits = []
    for _ in range(8):
        waits.append(delays.begin("a"))
        clock.now += waits[-1]
        assert delays.begin("a") == 0
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert delays.begin("b") == 0
    clock.now += 901
    assert [delays.begin("a") for _ in range(3)] == [0, 0, 0]


def test_a_try_that_has_to_wait_does_not_make_the_wait_longer():
    clock = Clock()
    delays = Delays(clock)
    for _ in range(3):
        delays.begin("a")
    assert [delays.begin("a") for _ in range(100)] == [1] * 100


def test_success_ends_the_wait():
    delays = Delays(Clock())
    for _ in range(3):
        delays.begin("a")
    delays.forget("a")
    assert delays.begin("a") == 0


async def test_nobody_clears_an_address_with_a_password_of_their_own():
    sign_in = SignIn(FakeAccounts(), Clock())
    assert await tries(sign_in, "mallory", [PASSWORD] * 5) == [True] * 5
    await tries(sign_in, "anna", ["1", "2"])
    await tries(sign_in, "mallory", [PASSWORD])
    await tries(sign_in, "bert", ["1"])
    assert await tries(sign_in, "mallory", [PASSWORD]) == [False]


def test_waits_do_not_fill_the_memory():
    delays = Delays(Clock())
    for number in range(30_000):
        delays.begin(str(number))
    assert len(delays._failures) <= 10_001


class FakeAccounts:
    def __init__(self):
        self.checked = []

    def password_is_right(self, name, password):
        self.checked.append((name, password))
        return password == PASSWORD


async def tries(sign_in, name, passwords, address="10.0.0.1"):
    client_address.set(address)
    return [await sign_in.admits(name, password) for password in passwords]


async def test_after_three_failures_even_the_right_password_has_to_wait():
    clock, fake = Clock(), FakeAccounts()
    sign_in = SignIn(fake, clock)
    assert await tries(sign_in, "anna", ["1", "2", "3", PASSWORD]) == [False] * 4
    assert len(fake.checked) == 3
    clock.now += 1
    assert await tries(sign_in, "anna", [PASSWORD]) == [True]


async def test_the_wait_holds_for_the_name_from_anywhere_and_for_the_address_with_any_name():
    fake = FakeAccounts()
    sign_in = SignIn(fake, Clock())
    await tries(sign_in, "anna", ["1", "2", "3"], "10.0.0.1")
    assert await tries(sign_in, "anna", [PASSWORD], "10.0.0.2") == [False]
    assert await tries(sign_in, "bert", [PASSWORD], "10.0.0.1") == [False]
    assert await tries(sign_in, "bert", [PASSWORD], "10.0.0.2") == [True]


async def test_tries_side_by_side_are_not_all_the_first():
    fake = FakeAccounts()
    sign_in = SignIn(fake, Clock())
    await asyncio.gather(*(sign_in.admits("anna", str(number)) for number in range(20)))
    assert len(fake.checked) == 3
