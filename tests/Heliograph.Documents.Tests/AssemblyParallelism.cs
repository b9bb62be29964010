// SPDX-License-Identifier: Apache-2.0
using Xunit;

// Where a page gets no network of its own, two pages would want the same ports.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
