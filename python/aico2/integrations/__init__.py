# SPDX-License-Identifier: Apache-2.0
"""aico2/integrations/__init__.py - for other packages, each in a module of its own that alone imports it

huggingface, lightning, keras: callbacks. pytorch: steps of a loop and of its profiler. model_card: co2_eq_emissions.
mlflow, tensorboard, wandb: a report among a training's metrics.
"""
