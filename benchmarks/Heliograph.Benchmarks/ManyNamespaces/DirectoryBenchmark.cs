// SPDX-License-Identifier: Apache-2.0
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Heliograph.Core.Merkle;

namespace Heliograph.Benchmarks.ManyNamespaces;

/// <summary>What a change of one namespace costs in the directory over all of them: it grows with the logarithm of their number.</summary>
internal static class DirectoryBenchmark
{
    private const int StateBytes = 90, NodeBytes = 65, Steps = 1_000;

    public static void Run()
    {
        foreach (var count in new[] { 1_000, 10_000, 100_000 })
        {
            var before = GC.GetTotalMemory(forceFullCollection: true);
            var keys = Enumerable.Range(0, count).Select(index => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(LogBuilder.Name(index).Value)).ToArray();
            var directory = MerkleMap.Build(keys.Select(key => KeyValuePair.Create(key, (ReadOnlyMemory<byte>)new byte[StateBytes])));
            Measure.Say($"directory of {count} namespaces", $"{(GC.GetTotalMemory(forceFullCollection: true) - before) / (double)count:F0} B each");
            var (changed, node, levels) = (Enumerable.Repeat((byte)1, StateBytes).ToArray(), new byte[NodeBytes], BitOperations.Log2((uint)count));
            Measure.Each("  update one", Steps, i => directory.Set(keys[i * 31 % count], changed));
            Measure.Each("  prove one", Steps, i => directory.Prove(keys[i * 31 % count].Span).ToBytes());
            Measure.Each($"  beside: {levels} bare SHA-256 of {NodeBytes} bytes", Steps, _ => Hash(node, levels));
            GC.KeepAlive(directory);
        }
    }

    private static void Hash(byte[] node, int times)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        for (var i = 0; i < times; i++) SHA256.HashData(node, digest);
    }
}
