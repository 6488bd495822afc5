/* SPDX-License-Identifier: Apache-2.0 */
/* readers/ipmi_dcmi.h - the power of the whole machine by its management controller */
#pragma once

#include "readers/reader.h"

extern const struct reader_driver reader_ipmi_dcmi;
