// SPDX-License-Identifier: Apache-2.0
using Xunit;

// Each test is a fleet under load, whose pauses are measured.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
