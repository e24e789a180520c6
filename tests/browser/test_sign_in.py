"""The one sign-in page: a wrong password, too many of them, and the language."""

from django.urls import reverse

from tests.browser.visitor import PHONE
from tests.factories import PASSWORD

LOGIN = reverse("account_login")


def sign_in(window, password: str, login: str = "13811110002") -> None:
    window.fill(login=login, password=password)
    window.page.locator("main form.card button").click()
    window.page.wait_for_load_state()


def test_a_wrong_password_then_the_right_one(house, visit):
    seller = visit(viewport=PHONE)
    seller.open(reverse("portal:earnings"))
    assert seller.path == LOGIN

    sign_in(seller, "wrong")
    seller.sees(seller.text("The phone number, e-mail address or password is not correct."))
    assert seller.page.locator('[name="login"]').input_value() == "13811110002"

    sign_in(seller, PASSWORD)
    # Where they were going in the first place.
    assert seller.path == reverse("portal:earnings")


def test_guessing_ends_on_a_page_that_says_when_to_come_back(house, visit, client):
    for number in range(30):
        client.post(LOGIN, {"login": f"1390013{number:04d}", "password": "wrong"})
    guesser = visit(language="en")
    guesser.expect_refusal(429)
    guesser.open(LOGIN)

    sign_in(guesser, PASSWORD)

    guesser.sees("Too many attempts", "Please try again in 15 minutes.")
    guesser.open(reverse("portal:home"))
    assert guesser.path == LOGIN


def test_the_language_is_chosen_on_the_page_and_stays(house, visit):
    person = visit(language="zh-hans")
    person.open(LOGIN)
    assert person.page.locator("html").get_attribute("lang") == "zh-hans"

    person.page.get_by_role("button", name="English").click()
    assert person.page.locator("html").get_attribute("lang") == "en"
    person.sees("For distributors and for the merchant's staff.")

    person.open(reverse("shop:home", args=[house.seller.shop_code]))
    person.sees("Recommended by 王芳")
    person.page.get_by_role("button", name="简体中文").click()
    assert person.page.locator("html").get_attribute("lang") == "zh-hans"
