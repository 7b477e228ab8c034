"""A sample from end to end: set up in moto by our own script, fetched, diagnosed without its spec."""

from tests.fetch.samples import from_end_to_end


def test_a_sample_that_is_set_up_and_fetched_works(tmp_path):
    """Two accounts, set up by the script, read by `fetch`: the diagnosis says that it works."""
    said, found = from_end_to_end("cross-account", tmp_path)
    assert found.works
    assert [each for each in said if "organizations" not in each] == [
        "moto lost of source-bucket-name's rules: DeleteMarkerReplication, SourceSelectionCriteria"
    ]
