/* SPDX-License-Identifier: Apache-2.0 */
/* readers/jetson.h - power of an NVIDIA Jetson module, by the monitors of its rails */
#pragma once

#include "readers/reader.h"

extern const struct reader_driver reader_jetson;
