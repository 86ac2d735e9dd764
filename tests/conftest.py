"""What tests share: one cache of compiled kernels for all workers, and the table of operations, dtypes and layouts."""

from __future__ import annotations

import gc

import numpy as np
import pytest
from hypothesis import settings

# Compiling makes many objects that stay. Looking for garbage among them takes a tenth of the time, if done as often
# as by default.
gc.set_threshold(50_000, 20, 100)
settings.register_profile("numbapool", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("numbapool")


# Pages that take long go first, the longest before all, so that no worker is left alone with one of them at the end.
_FIRST = ("processes", "compilation", "family", "memory", "large_windows", "family_memory", "two_at_once")

# Tests that compile kernels for each of many cases, and the cases that always run: words of their names. The others
# run with ``--all``.
_ALWAYS = {
    "test_accumulators_of_two_parts": (),
    "test_all_as_coarsen": (),
    "test_all_dtypes_of_blocks": (),
    "test_all_dtypes_ranks_and_filters": (),
    "test_all_forms_of_pool": (),
    "test_all_functions": (),
    "test_all_modules": (),
    "test_all_operations": (),
    "test_all_operations_of_pool": (),
    "test_all_reductions_for_coarsen": (),
    "test_any_number_of_wide_windows": ("float32",),
    "test_any_view_gives_what_its_copy_gives": ("float32", "uint8"),
    "test_any_windows": ("float32",),
    "test_axes_with_windows_of_one_do_not_count": ("float32",),
    "test_blocks_in_groups": ("[40]", "[2000]", "[5000]"),
    "test_columns_of_whole_numbers_have_room": (),
    "test_docstring_of_other_ranks": (),
    "test_draws_do_not_depend_on_the_order_in_memory": ("float32",),
    "test_dtype_of_the_result": (),
    "test_dtypes": ("quantile-uint8", "median-bool"),
    "test_dtypes_and_layouts_of_large_input": ("<lambda>0-uint8",),
    "test_every_dtype": ("float32", "uint8", "float16"),
    "test_every_dtype_of_extremes": (
        "float32",
        "max-k3s1p1-uint8",
        "min-k2s2-uint8",
        "min-k2s2-float16",
    ),
    "test_folds_of_small_planes": ("Max-float32", "Avg-float32", "1-Avg-uint8"),
    "test_forked_processes": ("True-omp", "False-workqueue", "True-tbb"),
    "test_fractional_with_the_same_samples": ("float32",),
    "test_global": ("float32",),
    "test_gradients_beside_differences": ("float32",),
    "test_gradients_of_a_second_call": ("float32",),
    "test_gradients_of_float16_are_rounded_once": (),
    "test_gradients_of_float16_of_whole_windows": ("float16-SoftPool",),
    "test_gradients_of_overlapping_windows_add_up": ("float32",),
    "test_gradients_of_parameters": ("float32",),
    "test_gradients_past_caches": ("in phases", "overlapping"),
    "test_gradients_where_divisors_differ": ("float32",),
    "test_ignored_label_is_one_of_the_dtype": ("float32",),
    "test_indices_and_options": ("float32",),
    "test_integer_result_is_exact_and_rounded_half_to_even": ("k2s2-uint8", "k2s2-int8"),
    "test_joblib": ("loky",),
    "test_large_windows": ("70-1", "50-50"),
    "test_lines_of_every_length_as_one_window": ("float32", "uint8"),
    "test_local_means": ("float32", "uint8"),
    "test_long_windows_along_rows": ("float32",),
    "test_many_python_threads": ("omp", "workqueue"),
    "test_many_small_planes_between_guards": (),
    "test_max": ("float32",),
    "test_mean": ("float32",),
    "test_means_of_integers_of_any_dtype_are_cut": ("shape0-3-uint8", "shape1-12-uint8"),
    "test_means_without_nan": ("padded-float32-k3s2p1", "inside-float32-k3s1p1"),
    "test_medians": ("float32", "uint8"),
    "test_medians_of_what_is_no_nan": ("float32",),
    "test_mixtures_of_any_dtype": ("float32-channels_first-2",),
    "test_mode_of_labels": (),
    "test_modes": ("uint8", "window10-float32-None"),
    "test_modes_in_three_dimensions": (),
    "test_more_than_2_31_elements": (),
    "test_nan_as_numpy": ("max", "median"),
    "test_norms_of_the_issue": ("values0",),
    "test_norms_and_their_gradients_anywhere": ("float32-8-",),
    "test_one_draw_for_each_window_by_whatever_kernel": ("float32",),
    "test_one_pass_over_large_input": ("2-reduces0",),
    "test_options_of_some": ("shape0",),
    "test_out_from_the_last_to_the_first": ("2-0-3", "2-3-3"),
    "test_pixels_longer_than_scratch_memory_may_be": (),
    "test_pools_of_processes": ("fork-", "spawn-omp", "forkserver-omp"),
    "test_power_means_anywhere": ("-3", "40"),
    "test_powers_in_vectors": ("float32",),
    "test_quantiles_of_what_is_no_nan": ("float32",),
    "test_random_windows_between_guards": ("0",),
    "test_results_beside_others": (),
    "test_results_lie_in_memory_as_the_input_does": ("float32",),
    "test_results_past_caches": ("[rows", "[squares-", "selected rows"),
    "test_rows_apart": ("[rows", "selected rows"),
    "test_rows_of_several_strips": (),
    "test_selection_of_few_windows_in_other_dtypes": ("uint8",),
    "test_several_at_once_between_guards": (),
    "test_spatial_pyramid": ("float32-1e-06-0.001-max",),
    "test_spoiled_files": ("truncated-*.nbi", "1-*.nbc", "None-*.nbc"),
    "test_squares": ("float32",),
    "test_squares_with_indices": ("float32",),
    "test_stochastic_draws_in_proportion": (),
    "test_sums_along_lines_between_guards": (),
    "test_sums_larger_than_an_int64": ("shape0-int64-k2s2", "shape0-uint64-k2s2"),
    "test_sums_of_a_dtype_and_of_enough_numbers": ("2",),
    "test_sums_of_whole_numbers_are_exact": ("window0-int64",),
    "test_the_index_of_nothing_is_that_of_the_last": ("float32",),
    "test_the_same_bits_for_any_number_of_threads": ("max", "mean"),
    "test_values": (
        "sum-k3s2p1",
        "lp-2-k3s2p1",
        "lp-inf-k3s2p1",
        "power-k3s2p1",
        "mixed-k3s2p1",
        "mode-k3s2p1",
        "median-k3s2p1",
        "quantile-k3s2p1",
        "logsumexp-k3s2p1",
        "soft-k3s2p1",
        "k2s2-quantile",
        "k2s2-mode",
    ),
    "test_what_looks_like_nothing": ("float32",),
    "test_whole_numbers": ("uint8",),
    "test_whole_windows": ("float32", "options4", "Quantile", "Soft"),
    "test_wide_windows_of_numbers_of_every_kind": ("float32-propagate",),
    "test_windows_at_the_border_of_large_input": (),
    "test_windows_of_several_blocks": ("float32",),
    "test_windows_of_whole_strides_between_guards": (),
    "test_windows_of_one_at_the_end_are_no_windows": ("float32", "uint8-max"),
    "test_windows_with_indices": ("float32",),
}


def pytest_addoption(parser):
    parser.addoption("--guard-seconds", type=float, default=20, help="how long random calls between guard pages go on")
    parser.addoption("--all", action="store_true", help="run the cases as well that compile kernels for further dtypes")


def pytest_collection_modifyitems(config, items):
    turns = {f"test_{name}.py": turn for turn, name in enumerate(_FIRST)}
    items.sort(key=lambda item: turns.get(item.path.name, len(turns)))
    if config.getoption("--all"):
        return
    left_out = []
    for item in items:
        words = _ALWAYS.get(item.originalname)
        case = item.name.removeprefix(item.originalname)
        if words == () or (words and case and not any(word in case for word in words)):
            left_out.append(item)
    config.hook.pytest_deselected(items=left_out)
    gone = set(left_out)
    items[:] = [item for item in items if item not in gone]


@pytest.fixture
def rng():
    return np.random.default_rng(20261124)
