// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Planning;

namespace Heliograph.Scale.World;

/// <summary>What a recorded run of the tree says of costs: CPU clocks of its tiers, with few clients and with all, and its probe of the disk. It looks at no latency.</summary>
/// <remarks>
/// What a tier used is split in two by its clocks: with few clients everyone has a change before anyone reports it, so that the part used until then is what a delivery waits for, and the rest comes
/// after it. What a relay needs for a change, however many follow it, and what for each of them, follows from the two phases. What is used all the time is taken from the phase with few: a head is
/// signed again when nothing has changed for a heartbeat, so that no measured change has one beside it, and with few the window of idling is over before one comes. It is not there for a change.
/// </remarks>
/// <param name="run">The object that the run wrote.</param>
internal sealed class MeasuredCosts(JsonElement run)
{
    private const int Cores = 2;
    private static readonly string[] Tiers = ["origin", "regional", "zone", "clients", "applications"];

    private readonly JsonElement _few = run.GetProperty("few"), _all = run.GetProperty("all");
    private readonly int _clients = run.GetProperty("clients").GetInt32(), _applications = run.GetProperty("applications").GetInt32();
    private readonly double _flush = run.GetProperty("flushMilliseconds").GetDouble(), _alone = run.GetProperty("flushAloneMilliseconds").GetDouble(), _flushMicros = run.GetProperty("flushCpuMicros").GetDouble();

    /// <summary>CPU of everything for a delivery to a client. Microseconds.</summary>
    public double MicrosPerDelivery => (Micros("clients") + Micros("rest") + Micros("zone")) / _clients;

    public Costs Costs(int flushesOfCommit)
    {
        var (client, share, each) = ((Micros("clients") + Micros("rest")) / _clients, ShareBefore("clients"), OfEachSubscriber()); // the kernel's own work is for the clients: they are many times as many as the others
        return new()
        {
            SendMicros = each / 2, // one half to send, the other for the report that comes back
            SendMicrosPerKib = 0,
            ReportMicros = each / 2,
            ApplyMicros = client * share,
            ApplyMicrosPerKib = 0,
            AfterApplyMicros = client * (1 - share),
            CommitMilliseconds = Micros("origin") * ShareBefore("origin") / 1_000 + flushesOfCommit * _alone,
        };

        double OfEachSubscriber() => Math.Max(0, (Micros("zone") - MicrosIn(_few, "zone")) / (_clients - FewClients));
    }

    public SharedMachine Machine(int regions, int zones) => new(Cores, (_clients + run.GetProperty("clientProcesses").GetInt32() - 1) / run.GetProperty("clientProcesses").GetInt32(), _flush)
    {
        FlushAloneMilliseconds = _alone,
        FlushMicros = _flushMicros,
        WorkersPerProcess = Cores,
        RegionalMilliseconds = Micros("regional") / regions / 1_000 * ShareBefore("regional"),
        ZoneMilliseconds = MicrosIn(_few, "zone") / zones / 1_000 * ShareBefore("zone"),
        Others = _applications,
        OtherMilliseconds = OfApplication * ShareBefore("applications"),
        OtherAfterMilliseconds = OfApplication * (1 - ShareBefore("applications")),
    };

    private double OfApplication => _applications == 0 ? 0 : Micros("applications") / _applications / 1_000;

    private int FewClients => _few.GetProperty("instances").GetInt32() - _applications;

    private double Micros(string tier) => MicrosIn(_all, tier) * Cores / (Cores - Tiers.Sum(each => IdleIn(_all, each)));

    /// <summary>CPU of a tier for a change, without what it uses while nothing changes.</summary>
    private double MicrosIn(JsonElement phase, string tier) =>
        Math.Max(0, Seconds(phase, "cpuSeconds", tier) - phase.GetProperty("seconds").GetDouble() * IdleIn(phase, tier)) / phase.GetProperty("changes").GetInt32() * 1e6;

    /// <summary>Cores that a tier keeps busy while nothing changes: clients each as much as when they are few.</summary>
    private double IdleIn(JsonElement phase, string tier) =>
        Math.Max(0, Seconds(_few, "idleCpuPerSecond", tier)) * (tier == "clients" ? (phase.GetProperty("instances").GetInt32() - _applications) / (double)FewClients : 1);

    /// <summary>The part of a tier's CPU for a change that is used before everyone has it.</summary>
    private double ShareBefore(string tier) =>
        Math.Clamp(Seconds(_few, "spreadingCpuSeconds", tier) / _few.GetProperty("changes").GetInt32() * 1e6 / Math.Max(1e-9, MicrosIn(_few, tier)), 0, 1);

    private static double Seconds(JsonElement phase, string what, string tier) => phase.GetProperty(what).GetProperty(tier).GetDouble();
}
