/* SPDX-License-Identifier: Apache-2.0 */
/* tests/fakes/fake_not_nvml.c - a shared object that loads and is no NVML */
int nothing_of_use(void);

int nothing_of_use(void)
{
    return 0;
}
