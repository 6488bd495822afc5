# SPDX-License-Identifier: Apache-2.0
"""aico2/_seed/__init__.py - what AI_Co2_Calculator and AI_Co2_Calculator_arm are made of: the original project's names over aico2

docs/coming-from-the-seed.md says what each function does otherwise than there, and why.
"""
