/* SPDX-License-Identifier: Apache-2.0 */
/* stack/address.h - where the services listen: for this machine alone */
#pragma once

/* None of them asks who wants to know; what they tell gives a workload away. */
#define STACK_ADDRESS "127.0.0.1"
