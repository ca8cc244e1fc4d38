"""The demo: the welfare programme of the founding document, made through the services, before its first payment.

74 members in 14 counties, KES 0 confirmed, KES 37,000 pending.
"""

from app.demo.load import ADMIN_PHONE, KEY, MEMBER_PHONE, STAFF_PHONE, TREASURER_PHONE, load

__all__ = ["ADMIN_PHONE", "KEY", "MEMBER_PHONE", "STAFF_PHONE", "TREASURER_PHONE", "load"]
