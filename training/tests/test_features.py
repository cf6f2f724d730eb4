import numpy as np
import pytest
from catalogue import catalogue

from forecourt_training import features
from forecourt_training.cars import of_attributes

CAR = catalogue(1)[0] | {"make": "hyundai", "price": 500, "seats": None, "body": "SUV", "car": 42}


@pytest.mark.parametrize("value, band", [(99, 0), (100, 1), (199, 1), (200, 2), (100.5, 1)])
def test_a_band_is_the_number_of_bounds_up_to_the_value(value, band):
    assert features.simple({"price": value}, "price", {"price": [100, 200]}) == f"price:{band}"


def test_names_are_words_bands_crosses_in_their_order_and_the_identity():
    names = features.names_of(CAR, {"price": [100, 900], "seats": [5]}, [("price", "body"), ("seats", "body")])
    assert {"make=hyundai", "price:1", "price:1&body=SUV", "car=42"} <= set(names)
    assert not any("seats" in name for name in names), "a null number gives no feature, crossed or not"


def test_a_row_has_ascending_columns_and_only_names_of_the_dictionary():
    # Rows 1 and 8: a set of these is not in ascending order by itself.
    names = ["make=audi", "price:1", *(f"make=no{number}" for number in range(6)), "make=hyundai"]
    dictionary = features.Dictionary(names, {"price": [100]}, [], False)
    matrix = dictionary.matrix(of_attributes([CAR, CAR | {"car": 43, "make": "tesla", "price": None}]))
    assert matrix.indices.tolist() == [1, 8] and matrix.data.tolist() == [1, 1] and matrix.indptr.tolist() == [0, 2, 2]


def test_normalized_weights_are_one_over_their_number_in_f32():
    dictionary = features.Dictionary(["price:1", "make=hyundai", "body=SUV"], {"price": [100]}, [], True)
    assert dictionary.matrix(of_attributes([CAR])).data.tolist() == [np.float32(1) / np.float32(3)] * 3


def test_identities_are_for_cars_with_enough_positives(cars):
    positives = np.zeros(len(cars), np.int64)
    positives[[3, 5]] = 4, 5

    def identities(least):
        return [name for name in features.build(cars, positives, least, False).names if name.startswith("car=")]

    assert identities(5) == [f"car={cars.ids[5]}"]
    assert identities(0) == []


def test_bounds_ascend_and_split_the_cars(cars):
    cuts = features.bounds(cars, "price", 10)
    assert cuts == sorted(set(cuts)) and 5 <= len(cuts) <= 10
    prices = [car["price"] for car in cars.attributes]
    assert min(prices) < cuts[0] and cuts[-1] <= max(prices)
