"""The fields of a member's profile, for a new member and for mending."""

import reflex as rx

from app.kit.i18n import t
from app.web.components import choice, field
from app.web.place import PlaceState


def region_field(regions: rx.Var[list[str]], chosen: rx.Var[str] | str = "", **wrong: rx.Var[str]) -> rx.Component:
    """The country's regions to choose from; free text where we know none."""
    return rx.cond(
        regions.length() > 0,
        choice(
            PlaceState.region_word,
            "region",
            rx.el.option(t("members.region_none"), value=""),
            rx.foreach(regions, lambda name: rx.el.option(name, value=name)),
            default_value=chosen,
            **wrong,
        ),
        field(PlaceState.region_word, "region", default_value=chosen, **wrong),
    )


def number_field(value: rx.Var[str] | str = "", hint: rx.Var[str] | str = "", **wrong: rx.Var[str]) -> rx.Component:
    return field(
        t("member.number"),
        "member_no",
        hint=hint,
        default_value=value,
        auto_complete="off",
        **wrong,
    )


def name_field(value: rx.Var[str] | str = "", **wrong: rx.Var[str]) -> rx.Component:
    return field(t("members.full_name"), "name", default_value=value, auto_focus=True, auto_complete="off", **wrong)


def phone_field(value: rx.Var[str] | str = "", **wrong: rx.Var[str]) -> rx.Component:
    return field(
        t("members.phone"),
        "phone",
        hint=PlaceState.phone_hint + ". " + t("members.phone_hint"),
        type="tel",
        default_value=value,
        auto_complete="off",
        **wrong,
    )
