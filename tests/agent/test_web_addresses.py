"""Every trick of the table of addresses, tried against real servers; and the rules that the table rests on."""

import pytest

from agent.errors import AddressRefused
from agent.web_addresses import address_problem, checked_address, host_problem, shortened
from agent.web_lookalikes import lookalike_problem
from evals.web_cases.tables import address_cases
from evals.web_cases.visits import visit_case

CASES = address_cases()


@pytest.mark.parametrize("case", CASES, ids=[case.trick for case in CASES])
def test_an_address_is_visited_or_refused_with_its_reason(case):
    visit = visit_case(case)
    assert visit.as_expected, (visit.reason, visit.reached)


def test_the_table_holds_what_it_should():
    assert sum(not case.visited for case in CASES) >= 60
    assert sum(case.visited for case in CASES) >= 10
    assert len({case.trick for case in CASES}) == len(CASES)


def test_an_address_that_is_spelt_wrongly_is_not_connected_to():
    for case in CASES:
        if not (case.visited or case.resolves or case.redirects or case.robots):
            assert visit_case(case).reached == (), case.trick


@pytest.mark.parametrize(
    ("first", "last", "meaning"),
    [
        ("10.0.0.0", "10.255.255.255", "private"),
        ("100.64.0.0", "100.127.255.255", "provider"),
        ("127.0.0.0", "127.255.255.255", "this machine"),
        ("169.254.0.0", "169.254.255.255", "local link"),
        ("172.16.0.0", "172.31.255.255", "private"),
        ("192.168.0.0", "192.168.255.255", "private"),
        ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "private"),
        ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "local link"),
    ],
)
def test_a_network_is_refused_from_its_first_to_its_last_address(first, last, meaning):
    assert meaning in address_problem(first)
    assert meaning in address_problem(last)


@pytest.mark.parametrize(
    "address",
    """
    9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 169.253.255.255 172.15.255.255
    172.32.0.0 192.167.255.255 192.169.0.0 223.255.255.255 2000:: 3ffe::1
    """.split(),
)
def test_the_neighbours_of_special_networks_are_public(address):
    assert address_problem(address) == ""


def test_an_address_is_normalised():
    address = checked_address("HTTPS://BÜCHER.example.org.:443/a%20b?q=1#part")
    assert address.url == "https://xn--bcher-kva.example.org/a%20b?q=1"
    assert (address.host, address.port, address.origin) == (
        "xn--bcher-kva.example.org",
        443,
        "https://xn--bcher-kva.example.org",
    )


def test_a_reason_shows_neither_password_nor_query():
    with pytest.raises(AddressRefused) as refused:
        checked_address("http://me:hunter2@example.org/path?token=t0ps3cret#x")
    assert "hunter2" not in str(refused.value)
    assert "t0ps3cret" not in str(refused.value)
    assert "example.org/path" in str(refused.value)
    assert shortened("http://example.org/" + "a" * 500)[-1] == "…"


@pytest.mark.parametrize("host", ["", ".", "-a.org", "a-.org", "a..org", "a b.org", "a" * 64 + ".org", "é.org", "[x]"])
def test_what_is_no_name_is_refused(host):
    assert host_problem(host)


@pytest.mark.parametrize(
    "host", ["example.org", "bücher.example.org", "例え.jp", "пример.рф", "παράδειγμα.gr", "東京taxi.jp"]
)
def test_honest_international_names_are_no_imitations(host):
    assert lookalike_problem(host) == ""
