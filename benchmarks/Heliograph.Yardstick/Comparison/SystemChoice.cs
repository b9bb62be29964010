// SPDX-License-Identifier: Apache-2.0
using Heliograph.Yardstick.Systems;

namespace Heliograph.Yardstick.Comparison;

/// <summary>A system that can be measured on this machine.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Make">Makes a fresh one, not started.</param>
internal sealed record SystemChoice(string Name, Func<MeasuredSystem> Make)
{
    /// <summary>Every system there is, with why it cannot be measured here if so.</summary>
    public static IReadOnlyDictionary<string, (string? Missing, Func<MeasuredSystem> Make)> All(HeliographSettings settings)
    {
        var root = Repository();
        var (helio, limit) = (Path.Combine(root, "artifacts/bin/Heliograph.Cli/release/helio"), Path.Combine(root, "artifacts/yardstick/limit"));
        return new Dictionary<string, (string?, Func<MeasuredSystem>)>(StringComparer.Ordinal)
        {
            ["heliograph"] = (Absent(helio), () => new HeliographSystem(helio, settings)),
            ["limit"] = (Absent(limit), () => new LimitSystem(limit)),
            ["redis"] = (NotInstalled("redis-server"), () => new RedisSystem(isTls: false)),
            ["nats"] = (NotInstalled("nats-server"), () => new NatsSystem(isKeyValue: false, isTls: false)),
            ["nats-kv"] = (NotInstalled("nats-server"), () => new NatsSystem(isKeyValue: true, isTls: false)),
            ["etcd"] = (NotInstalled("etcd"), () => new EtcdSystem(isTls: false)),
            ["heliograph-tls"] = (Absent(helio), () => new HeliographTlsSystem(helio, settings)),
            ["heliograph-grpc"] = (Absent(helio), () => new HeliographGrpcSystem(helio, settings)),
            ["redis-tls"] = (NotInstalled("redis-server"), () => new RedisSystem(isTls: true)),
            ["nats-tls"] = (NotInstalled("nats-server"), () => new NatsSystem(isKeyValue: false, isTls: true)),
            ["etcd-tls"] = (NotInstalled("etcd"), () => new EtcdSystem(isTls: true)),
        };
    }

    private static string? Absent(string file) => File.Exists(file) ? null : $"{file} is not built";

    private static string? NotInstalled(string program) => Machine.Find(program) is null ? $"{program} is not installed" : null;

    /// <summary>The repository that this was built in.</summary>
    internal static string Repository()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "Heliograph.slnx"))) return directory.FullName;
        throw new InvalidOperationException("The yardstick measures what is built in its repository; run it from there.");
    }
}
