"""Whose address counts, and in which form."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs.views.http.client_address import find_client_ip

PROXY = "127.0.0.1"


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "192.0.2.7"),
        (PROXY, "198.51.100.1", "198.51.100.1"),
        (PROXY, "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        (PROXY, "", ""),
        ("", "198.51.100.1", "198.51.100.1"),
        (PROXY, "unknown", ""),
        (PROXY, "198.51.100.1:4711", ""),
        (PROXY, "198.51.100", ""),
        (PROXY, "ä\0", ""),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "", "fe80::/64"),
        ("::ffff:192.0.2.7", "", "192.0.2.7"),
        ("::ffff:c000:207", "", "192.0.2.7"),
    ],
)
def test_a_visitors_address(peer: str, forwarded: str, address: str) -> None:
    assert find_client_ip({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}) == address


@given(st.ip_addresses())
def test_every_address_has_one_form(address: IPv4Address | IPv6Address) -> None:
    client_ip = find_client_ip({"REMOTE_ADDR": address.exploded, "HTTP_X_FORWARDED_FOR": address.compressed})
    if client_ip.endswith("/64"):
        assert address in IPv6Network(client_ip)
    elif client_ip:
        assert ip_address(client_ip) in {address, getattr(address, "ipv4_mapped", None)}
    assert client_ip == find_client_ip({"REMOTE_ADDR": address.compressed, "HTTP_X_FORWARDED_FOR": address.compressed})
