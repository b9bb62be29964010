// SPDX-License-Identifier: Apache-2.0
using System.Net;
using Heliograph.AppConfiguration.Webhooks;
using Heliograph.Core.Sequencing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Heliograph.AppConfiguration.Tests.Webhooks;

/// <summary>Webhooks beside a running face, with waits of milliseconds.</summary>
internal static class RunningWebhooks
{
    public static readonly byte[] Secret = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    public static readonly IReadOnlyList<IPNetwork> Loopback = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")];

    public static WebhookOptions Hook(
        Receiver receiver, string name = "hook", string schema = "eventGrid", int batchMax = 0, int attemptsMax = 30, string keyPrefix = "", IReadOnlyList<string>? events = null,
        Uri? url = null, IReadOnlyList<IPNetwork>? allow = null, bool allowHttp = true, string? authorities = null, TimeSpan? giveUpAfter = null) => new()
    {
        Name = name, Namespace = RunningFace.Store, Url = url ?? receiver.Url, Endpoint = new Uri("https://config.example.com"), Secret = Secret, AllowHttp = allowHttp, AllowNetworks = allow ?? Loopback,
        Schema = schema == "eventGrid" ? WebhookSchema.EventGrid : WebhookSchema.CloudEvents, BatchMax = batchMax, AttemptsMax = attemptsMax, KeyPrefix = keyPrefix,
        Events = (events ?? []).ToHashSet(StringComparer.Ordinal), Authorities = authorities, Timeout = TimeSpan.FromSeconds(30), GiveUpAfter = giveUpAfter ?? TimeSpan.FromHours(24),
        FirstWait = TimeSpan.FromMilliseconds(5), LongestWait = TimeSpan.FromMilliseconds(20),
    };

    public static WebhookHost Start(RunningFace face, params WebhookOptions[] hooks) => Start(face, NullLoggerFactory.Instance, hooks);

    public static WebhookHost Start(RunningFace face, ILoggerFactory loggers, params WebhookOptions[] hooks) =>
        WebhookHost.Start(hooks, Path.Combine(face.Directory, "origin"), face.Origin.Sequencer, TimeProvider.System, loggers);

    /// <summary>Puts keys together.</summary>
    public static async Task ApplyAsync(this RunningFace face, params string[] keys) =>
        Assert.IsType<SubmitResult.Committed>(await face.Origin.Sequencer.SubmitAsync(new Submission.Change(
            new Changeset(RunningFace.Store, [.. keys.Select(key => new SettingOperation.Put(Setting.Of(key, $"value of {key}, which stays here")))]), "test", RunningFace.Id()), RunningFace.Cancel));

    public static string FileOf(RunningFace face, string name) => Path.Combine(face.Directory, "origin", "webhooks", name);
}
