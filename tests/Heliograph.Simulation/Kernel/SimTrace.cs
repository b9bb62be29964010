// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Heliograph.Simulation.Kernel;

/// <summary>What happened in a run, as lines, and one digest over all of it: two runs of one seed have the same.</summary>
/// <remarks>Signatures stay out of it: ECDSA draws a number for each, and no two runs sign alike.</remarks>
public sealed class SimTrace
{
    private const int LinesKept = 400;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Queue<string> _recent = new();
    private ulong _steps = 14_695_981_039_346_656_037;

    /// <summary>Where lines are also written as they come; <see langword="null"/> for nowhere.</summary>
    public TextWriter? Echo { get; set; }

    /// <summary>The newest lines, oldest first.</summary>
    public IEnumerable<string> Recent => _recent;

    /// <summary>Takes note of an event.</summary>
    public void Event(long at, string who, string what)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{TimeSpan.FromTicks(at).TotalSeconds,10:0.000000} {who,-10} {what}");
        _hash.AppendData(BitConverter.GetBytes(_steps));
        _hash.AppendData(Encoding.UTF8.GetBytes(line));
        _recent.Enqueue(line);
        if (_recent.Count > LinesKept) _recent.Dequeue();
        Echo?.WriteLine(line);
    }

    /// <summary>Takes note of a step: which of those that could run came when. Folded (FNV-1a), and hashed with the next event.</summary>
    internal void Step(long at, long order)
    {
        _steps = (_steps ^ (ulong)at) * 1_099_511_628_211;
        _steps = (_steps ^ (ulong)order) * 1_099_511_628_211;
    }

    /// <summary>The digest of all events and steps so far, in hexadecimal.</summary>
    public string Digest()
    {
        _hash.AppendData(BitConverter.GetBytes(_steps));
        return Convert.ToHexStringLower(_hash.GetCurrentHash());
    }
}
