/* SPDX-License-Identifier: Apache-2.0 */
/* readers/pci_gpus.h - display and compute devices on the PCI bus, with a driver or without */
#pragma once

/* How many of a maker's there are; driver: of those bound to it only, NULL: of all. */
unsigned pci_gpus_count(int sys_fd, unsigned vendor_id, const char *driver);

/* The number of the first GPU that NVML does not show: NVIDIA's are gpu0 and so on. */
unsigned pci_gpus_first_free(int sys_fd);
