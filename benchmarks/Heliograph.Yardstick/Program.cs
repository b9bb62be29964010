// SPDX-License-Identifier: Apache-2.0
using Heliograph.Yardstick;

return new CompareCommand().Parse(args).Invoke();
