# SPDX-License-Identifier: Apache-2.0
"""aico2/_build.py - where the library of an editable installation lies: beside the copy that Meson makes of this file

Installed as a wheel, or used from the sources, it stands in the package's own folder, where no library is.
"""
import os

FOLDER = os.path.dirname(os.path.abspath(__file__))
