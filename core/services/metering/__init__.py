"""水电抄表与公摊: meters, what is read on them, prices, and the month's bills of utilities.

meters     taking a meter into service, changing it for another, retiring it
readings   what was read, and what is refused
tariffs    prices from a day on
utilities  a month of a site: what each lease would pay, and the bills
lines      how a line of a bill explains itself
"""

from core.services.metering.meters import change, create, replace, resume, retire
from core.services.metering.readings import change as change_reading
from core.services.metering.readings import put, record, remove
from core.services.metering.tariffs import remove_price, set_price
from core.services.metering.utilities import Jump, Lack, Plan, Row, make, plan

__all__ = [
    "Jump",
    "Lack",
    "Plan",
    "Row",
    "change",
    "change_reading",
    "create",
    "make",
    "plan",
    "put",
    "record",
    "remove",
    "remove_price",
    "replace",
    "resume",
    "retire",
    "set_price",
]
