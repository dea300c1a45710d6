"""水电表: meters of sites and units, what was read on them, prices, and which readings a bill rests on."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.data.base import Base, OperatorPrivate
from core.data.models.billing import Bill
from core.data.models.places import Site, Space
from core.data.types import UTCDateTime, choice, utcnow


class MeterKind(StrEnum):
    WATER = "water"  # by m³
    ELECTRICITY = "electricity"  # by 度 (kWh)


class Meter(OperatorPrivate, Base):
    """A meter of a unit, or (without one) of what a site shares: 公摊表. Changed for another, it stays with its
    readings, and the new one names it. What it serves and how it counts stands while an open bill rests on it."""

    __tablename__ = "meters"
    __table_args__ = (
        UniqueConstraint("operator_id", "number"),
        CheckConstraint("multiplier between 1 and 10000", name="multiplier"),
        CheckConstraint("digits between 3 and 9", name="digits"),
        CheckConstraint("until_on is null or until_on >= from_on", name="range"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    space_id: Mapped[int | None] = mapped_column(ForeignKey("spaces.id"), index=True)
    kind: Mapped[MeterKind] = choice(MeterKind)
    number: Mapped[str] = mapped_column(String(20))  # 表号
    place: Mapped[str | None] = mapped_column(String(60))  # where it hangs
    multiplier: Mapped[int] = mapped_column(default=1)  # 倍率
    digits: Mapped[int] = mapped_column(default=6)  # whole digits of the dial: after 999999 comes 0
    from_on: Mapped[date]
    until_on: Mapped[date | None]  # last day in service
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("meters.id"), unique=True)

    site: Mapped[Site] = relationship()
    space: Mapped[Space | None] = relationship()
    replaces: Mapped[Meter | None] = relationship(remote_side="Meter.id", back_populates="replaced_by")
    replaced_by: Mapped[Meter | None] = relationship(back_populates="replaces")
    readings: Mapped[list[MeterReading]] = relationship(
        back_populates="meter", order_by="MeterReading.read_on", cascade="all, delete-orphan"
    )


class MeterReading(OperatorPrivate, Base):
    """抄表: what a dial showed on a day, in thousandths. `rolled`: since the reading before it went past its last
    figure and began again at 0."""

    __tablename__ = "meter_readings"
    __table_args__ = (
        UniqueConstraint("meter_id", "read_on"),
        CheckConstraint("value >= 0", name="not_negative"),
    )

    meter_id: Mapped[int] = mapped_column(ForeignKey("meters.id"), index=True)
    read_on: Mapped[date]
    value: Mapped[int]
    rolled: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str | None] = mapped_column(String(200))
    read_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime, default=utcnow)

    meter: Mapped[Meter] = relationship(back_populates="readings")


class Tariff(OperatorPrivate, Base):
    """单价 of water or electricity from a day on."""

    __tablename__ = "tariffs"
    __table_args__ = (
        UniqueConstraint("operator_id", "kind", "from_on"),
        CheckConstraint("price_e4 > 0", name="price_positive"),
    )

    kind: Mapped[MeterKind] = choice(MeterKind)
    from_on: Mapped[date]
    price_e4: Mapped[int]  # ten-thousandths of a yuan for 1 m³ or 1 度


class MeterUse(OperatorPrivate, Base):
    """What a bill rests on: a meter's readings at both ends of its days. While the bill is open they stand."""

    __tablename__ = "meter_uses"
    __table_args__ = (
        UniqueConstraint("bill_id", "meter_id"),
        CheckConstraint("quantity >= 0", name="not_negative"),
    )

    bill_id: Mapped[int] = mapped_column(ForeignKey("bills.id"), index=True)
    meter_id: Mapped[int] = mapped_column(ForeignKey("meters.id"), index=True)
    begin_id: Mapped[int] = mapped_column(ForeignKey("meter_readings.id"), index=True)
    end_id: Mapped[int] = mapped_column(ForeignKey("meter_readings.id"), index=True)
    quantity: Mapped[int]  # thousandths, times the multiplier

    bill: Mapped[Bill] = relationship()
    meter: Mapped[Meter] = relationship()
    begin: Mapped[MeterReading] = relationship(foreign_keys=[begin_id])
    end: Mapped[MeterReading] = relationship(foreign_keys=[end_id])
