from __future__ import annotations

from aiokafka.partitioner import DefaultPartitioner, murmur2
from hypothesis import given
from hypothesis import strategies as st

from pipeline import partitioning


@given(st.binary(max_size=64))
def test_it_is_the_hash_of_the_other_producers(key: bytes) -> None:
    assert partitioning.murmur2(key) == murmur2(key) & 0xFFFFFFFF


@given(st.binary(min_size=1, max_size=64), st.integers(1, 1_000))
def test_a_key_goes_where_other_producers_send_it(key: bytes, partitions: int) -> None:
    everywhere = list(range(partitions))
    assert partitioning.partition_of(key, partitions) == DefaultPartitioner()(key, everywhere, everywhere)


def test_values_of_the_java_client() -> None:
    # org.apache.kafka.common.utils.UtilsTest.testMurmur2
    expected = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536, b"abc": 479470107}
    assert {key: partitioning.murmur2(key) for key in expected} == {key: value & 0xFFFFFFFF for key, value in expected.items()}
