from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongxin.kernel import ciphers

SUITES = list(ciphers.Suite)


@pytest.mark.parametrize("suite", SUITES)
@given(plain=st.binary(max_size=300), aad=st.binary(max_size=40))
def test_only_the_same_key_and_place_open_it(
    suite: ciphers.Suite, plain: bytes, aad: bytes
) -> None:
    key = ciphers.new_key()
    sealed = ciphers.seal(key, plain, aad, suite)
    assert ciphers.unseal(key, sealed, aad) == plain
    assert ciphers.key_id_of(sealed) == ciphers.key_id(key)
    with pytest.raises(ciphers.NotOpened):
        ciphers.unseal(key, sealed, aad + b"!")
    with pytest.raises(ciphers.NotOpened):
        ciphers.unseal(ciphers.new_key(), sealed, aad)


@pytest.mark.parametrize("suite", SUITES)
def test_no_changed_byte_goes_unnoticed(suite: ciphers.Suite) -> None:
    key = ciphers.new_key()
    sealed = ciphers.seal(key, b"secret", b"7 phone", suite)
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(ciphers.NotOpened):
            ciphers.unseal(key, bytes(changed), b"7 phone")
    for length in range(len(sealed)):
        with pytest.raises(ciphers.NotOpened):
            ciphers.unseal(key, sealed[:length], b"7 phone")


def test_sm4_gcm_gives_the_published_result() -> None:
    # RFC 8998, appendix A.1
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    nonce = bytes.fromhex("00001234567800000000ABCD")
    aad = bytes.fromhex("FEEDFACEDEADBEEFFEEDFACEDEADBEEFABADDAD2")
    plain = bytes.fromhex(
        "AAAAAAAAAAAAAAAABBBBBBBBBBBBBBBBCCCCCCCCCCCCCCCCDDDDDDDDDDDDDDDD"
        "EEEEEEEEEEEEEEEEFFFFFFFFFFFFFFFFEEEEEEEEEEEEEEEEAAAAAAAAAAAAAAAA"
    )
    encryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(aad)
    encryptor.update(plain)
    encryptor.finalize()
    assert encryptor.tag.hex().upper() == "83DE3541E4C2B58177E065A9BF7B62EC"
