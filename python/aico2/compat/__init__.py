# SPDX-License-Identifier: Apache-2.0
"""aico2/compat/__init__.py - other measuring packages' names over aico2, so that one import is all that changes"""
