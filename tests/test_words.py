"""How a text becomes the terms it is found by."""

import threading

import pytest

from memories.words import MAX_TERM_CHARS, ends_of, fingerprint, owned, terms_of


def test_the_last_character_of_a_run_without_spaces_is_kept_besides_its_pairs():
    assert ends_of("我养了一只猫。我用Python写 ボブ") == ["猫", "用", "ブ"]
    assert ends_of("no such run, née") == ends_of("cat") == ends_of("") == []


def test_words_are_folded_and_stemmed_and_stop_words_left_out():
    assert terms_of("My SISTERS are living in Berlin") == ["sister", "live", "berlin"]


def test_what_english_glues_to_a_word_is_no_part_of_it():
    assert terms_of("Bob's cat doesn't like it") == ["bob", "cat", "like"]
    assert terms_of("Bob’s") == terms_of("Bob's") == ["bob"]


def test_what_french_glues_to_a_word_is_no_part_of_it():
    assert terms_of("l'adresse d'Anne") == terms_of("adresse anne")


def test_stop_words_of_other_languages_are_left_out_but_not_english_words_that_look_like_them():
    assert terms_of("Ich und der Hund") == ["hund"]
    assert terms_of("Mi nombre es Ana") == ["nombr", "ana"]
    assert terms_of("my son has a car") == ["son", "car"]
    assert terms_of("he will die in the war") != []


@pytest.mark.parametrize(
    ("written", "typed"), [("José", "jose"), ("Müller", "MULLER"), ("ﬁnance", "finance"), ("ＡＢＣ", "abc")]
)
def test_a_name_is_found_however_it_is_typed(written, typed):
    assert terms_of(written) == terms_of(typed) != []


def test_chinese_and_japanese_are_cut_into_pairs():
    assert terms_of("我的猫叫小白") == ["我的", "的猫", "猫叫", "叫小", "小白"]
    assert terms_of("猫") == ["猫"]
    assert set(terms_of("名前はボブです")) & set(terms_of("ボブ"))


def test_words_beside_chinese_ones_stay_whole():
    assert terms_of("我用Python写") == ["我用", "python", "写"]


def test_vowel_signs_do_not_split_a_word():
    assert terms_of("हिन्दी") == ["हिन्दी"]


def test_numbers_and_single_letters_that_mean_something_are_terms():
    assert terms_of("vitamin D, born 1990-05-03") == ["vitamin", "d", "born", "1990", "05", "03"]


def test_an_endless_word_is_cut():
    assert terms_of("x" * 5000) == ["x" * MAX_TERM_CHARS]
    assert len(terms_of("ü" * 5000)[0]) <= MAX_TERM_CHARS


@pytest.mark.parametrize("text", ["", "   ", "?!…", "the of and", "\u200b"])
def test_a_text_that_says_nothing_has_no_terms(text):
    assert terms_of(text) == []


def test_stemming_is_safe_in_threads():
    words = [f"running{n} jumps{n} flies{n}" for n in range(300)]
    expected = [terms_of(text) for text in words]
    found: dict[int, list[list[str]]] = {}
    threads = [
        threading.Thread(target=lambda n=n: found.__setitem__(n, [terms_of(text) for text in words])) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found[n] == expected for n in range(8))


def test_a_stored_term_names_its_owner():
    assert owned(1, "23") != owned(12, "3")


@pytest.mark.parametrize(
    "other", [" my  NAME is bob ", "My name is Bob.", "“My name is Bob!”", "My name, is Bob…", "My\nname is Bob"]
)
def test_the_same_statement_has_the_same_fingerprint(other):
    assert fingerprint("My name is Bob") == fingerprint(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I like C", "I like C++"),
        ("I like C", "I like C#"),
        ("It costs 3.5", "It costs 35"),
        ("It is -5 degrees", "It is 5 degrees"),
        ("I love 🍎", "I love 🍌"),
        ("My name is Bob", "My name is Rob"),
        ("!!", "??"),
        ("resume", "résumé"),
    ],
)
def test_another_statement_has_another_fingerprint(one, other):
    assert fingerprint(one) != fingerprint(other)


def test_a_fingerprint_fits_its_column():
    assert len(fingerprint("x" * 10_000)) == 32
