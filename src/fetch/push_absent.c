/* SPDX-License-Identifier: Apache-2.0 */
/* fetch/push_absent.c - aico2-fetch --push where it was built without snappy */
#include "fetch/push_main.h"

enum push_main_result push_main(void)
{
    return PUSH_MAIN_ABSENT;
}
