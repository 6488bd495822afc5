/* SPDX-License-Identifier: Apache-2.0 */
/* aico2/export.h - marks what the shared library shows */
#ifndef AICO2_EXPORT_H
#define AICO2_EXPORT_H

#if defined(__GNUC__)
#define AICO2_API __attribute__((visibility("default")))
#else
#define AICO2_API
#endif

#endif
