// SPDX-License-Identifier: Apache-2.0
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Heliograph.Client.Tests.Support;
using Heliograph.Platform.Trust;
using Xunit;
using static Heliograph.Client.Tests.Support.TestClients;

namespace Heliograph.Client.Tests.Following;

/// <summary>What an application's OpenTelemetry sees of the client, over a real unix socket.</summary>
public sealed partial class ClientMetricsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hlm-").FullName;
    private readonly TestRealm _realm = new(TimeProvider.System);

    public void Dispose()
    {
        _realm.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_change_is_measured_and_the_instruments_are_those_of_the_reference()
    {
        // Given: the tests beside this one have clients, too; what is made in the course of this one is this one's
        var isMine = new AsyncLocal<bool>();
        var (published, values) = (new ConcurrentDictionary<string, Instrument>(), new ConcurrentDictionary<string, double>());
        var propagated = new TaskCompletionSource<double>(TaskCreationOptions.RunContinuationsAsynchronously);
        _realm.Put("shop.basket", ("A", "1"));
        await using var parent = new RealParent(_realm, _realm.Anchor, Path.Combine(_directory, "agent"));
        var options = new HeliographClientOptions { TrustBytes = System.Text.Encoding.UTF8.GetBytes(TrustFile.ToJson(_realm.Anchor)) };
        options.Parents.Add($"unix://{parent.Path}");
        options.AllowSingleParent = true;
        (options.Instance.Id, options.Instance.Service) = ("basket-1", "basket");
        options.Namespaces.Add(Basket);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (isMine.Value && instrument.Meter.Name == "Heliograph.Client" && published.TryAdd(instrument.Name, instrument)) listening.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) =>
        {
            values[instrument.Name] = value;
            if (instrument is Histogram<double>) propagated.TrySetResult(value);
        });
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => values[instrument.Name] = value);
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => values.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value)); // over the attributes
        listener.Start();
        isMine.Value = true;
        await using var client = await HeliographClient.ConnectAsync(options, cancellationToken: Cancel);
        isMine.Value = false;

        // When
        _realm.Put("shop.basket", ("A", "2"));

        // Then
        Assert.InRange(await propagated.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancel), 0, 60);
        Assert.Equal(Documented(), published.Values.Select(instrument => (instrument.Name, instrument.Unit ?? "", instrument.Description ?? "", KindOf(instrument))).Order());
        listener.RecordObservableInstruments();
        Assert.Equal((1, 0, 1), (values["heliograph.client.connected"], values["heliograph.client.integrity.failures"], values["heliograph.client.namespaces"]));
        Assert.True(values["heliograph.client.updates"] >= 2 && values["heliograph.client.staleness"] < 30);
    }

    private static string KindOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0] switch
    {
        "Histogram" => "histogram",
        "ObservableGauge" => "gauge",
        "ObservableUpDownCounter" => "up-down",
        "ObservableCounter" => "counter",
        var other => other,
    };

    private static List<(string, string, string, string)> Documented()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Heliograph.slnx"))) directory = directory.Parent;
        return [.. File.ReadLines(Path.Combine(directory.FullName, "docs", "reference", "metrics.md")).Select(line => TableRow().Match(line)).Where(row => row.Success)
            .Select(row => (row.Groups[1].Value, row.Groups[3].Value, row.Groups[4].Value, row.Groups[2].Value)).Order()];
    }

    [GeneratedRegex(@"^\| `([a-z._]+)` \| `[a-z_]+` \| ([a-z-]+) \| (?:`([^`]+)`)? ?\| client \| [^|]*\| ([^|]+) \|$")]
    private static partial Regex TableRow();
}
