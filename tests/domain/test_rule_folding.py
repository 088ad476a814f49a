"""Ten folders that lie alike are one rule, as long as that rule takes in nothing else."""

from retrovue.core.domain.rule_folding import fold_rules


def test_folders_that_lie_alike_are_one_rule() -> None:
    rules = [(f"/media/{name}", f"/mnt/nas/{name}") for name in ("tv", "films", "anime/new")]
    assert fold_rules(rules) == [("/media", "/mnt/nas")]
    assert fold_rules(rules[:1]) == rules[:1]


def test_a_folder_elsewhere_and_one_on_purpose_without_a_rule_stay_apart() -> None:
    rules = [("/media/tv", "/mnt/nas/tv"), ("/media/films", "/mnt/nas/films"), ("/media/kids", "/mnt/usb/kids")]
    assert fold_rules(rules) == [("/media", "/mnt/nas"), ("/media/kids", "/mnt/usb/kids")]
    assert fold_rules(rules, without=["/media/private"]) == rules
    assert fold_rules(rules, without=["/other"])[0] == ("/media", "/mnt/nas")


def test_a_whole_computer_is_never_one_rule() -> None:
    assert fold_rules([("/tv", "/tv"), ("/films", "/films")]) == [("/tv", "/tv"), ("/films", "/films")]
    windows = [("/srv/tv", "N:\\tv"), ("/srv/films", "N:\\films")]
    assert fold_rules(windows) == [("/srv", "N:\\")]
    shares = [("/srv/tv", r"\\nas\tv"), ("/srv/films", r"\\nas\films")]
    assert fold_rules(shares) == shares


def test_equal_names_in_the_middle_do_not_mislead() -> None:
    rules = [("/a/x/tv", "/b/y/tv"), ("/a/x/films", "/b/y/films"), ("/a/z/tv", "/b/z/tv")]
    assert fold_rules(rules) == [("/a/x", "/b/y"), ("/a/z/tv", "/b/z/tv")]
