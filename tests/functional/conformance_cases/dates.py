# SPDX-License-Identifier: MIT
"""The three forms of a date that every recipient must understand (RFC 9110 section 5.6.7)."""

import email.utils
import time


def imf(when) -> str:
    return email.utils.formatdate(when, usegmt=True)


def rfc850(when) -> str:
    return time.strftime('%A, %d-%b-%y %H:%M:%S GMT', time.gmtime(when))


def asctime(when) -> str:
    return time.asctime(time.gmtime(when))


def seconds_of(date) -> int:
    return int(email.utils.parsedate_to_datetime(date).timestamp())


FORMS = {'an IMF date': imf, 'an RFC 850 date': rfc850, 'an asctime date': asctime}
