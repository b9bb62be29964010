// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Heliograph.Core.Merkle;
using Heliograph.Core.State;

namespace Heliograph.Benchmarks;

/// <summary>What a read costs in the process of an application.</summary>
internal static class ReadBenchmark
{
    private const int Keys = 1_024; // of each kind, among 10,000 settings and these

    public static void Run()
    {
        var directory = Directory.CreateTempSubdirectory("heliograph-bench-read-").FullName;
        try
        {
            using var realm = new BenchRealm(directory, 10_000);
            var typed = Enumerable.Range(0, Keys).SelectMany(index => new[] { Setting.Of(Number(index), (index * 7).ToString(CultureInfo.InvariantCulture)), Setting.Of(Switch(index), index % 2 == 0 ? "true" : "False") });
            var version = realm.Current with { Records = realm.Current.Records.Apply([.. typed.Select(setting => MerkleChange.Set(SettingRecord.KeyOf(setting.Key), SettingRecord.ValueOf(setting)))]) };
            var view = Client.Views.ViewBuilder.Build(null, version, []);
            var keys = Enumerable.Range(0, Keys).Select(index => BenchRealm.Key(index).Key).ToArray();
            var numbers = Enumerable.Range(0, Keys).Select(Number).ToArray();
            var switches = Enumerable.Range(0, Keys).Select(Switch).ToArray();
            long found = 0;
            Measure.Each("read a string in process, 10,000 settings", 1_000_000, i => found += view.GetString(keys[i & (Keys - 1)])!.Length);
            Measure.Each("read an integer in process", 1_000_000, i => found += view.GetInt32(numbers[i & (Keys - 1)])!.Value);
            Measure.Each("read a switch in process", 1_000_000, i => found += view.GetBoolean(switches[i & (Keys - 1)])!.Value ? 1 : 2);
            Measure.Each("  of it: the loop without the read", 1_000_000, i => found += keys[i & (Keys - 1)].Length);
            if (found == 0) throw new InvalidOperationException("Nothing was read.");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string Number(int index) => $"Service:Limits{index % 97}:Max{index}";

    private static string Switch(int index) => $"Service:Switches{index % 97}:On{index}";
}
