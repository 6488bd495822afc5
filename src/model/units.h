/* SPDX-License-Identifier: Apache-2.0 */
/* model/units.h - what is converted where data enters or leaves */
#pragma once

static const double JOULES_PER_KWH = 3.6e6;
static const double BYTES_PER_GIB = 1073741824.0;
