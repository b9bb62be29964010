// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Storage.Etcd.Reading;

/// <summary>What is stored is not what was appended. Its message names places, never content.</summary>
internal sealed class CorruptLogException(string message) : Exception(message);
