// SPDX-License-Identifier: Apache-2.0
using Heliograph.Client.Configuration.Layers;
using Heliograph.Client.Configuration.Overrides;
using Microsoft.Extensions.Configuration;

namespace Heliograph.Client.Configuration;

/// <summary>Shows selected settings as configuration, and reloads once for every revision of a namespace, however much it changed.</summary>
/// <remarks>A reload swaps the whole dictionary: a reader of one key sees the old value or the new, and whoever rebinds in the change token's callback sees all of the new.</remarks>
public sealed partial class HeliographConfigurationProvider : ConfigurationProvider, IHeliographStatus, IDisposable
{
    private readonly SharedClient _shared;
    private readonly LayerStack _layers;
    private readonly LocalOverrides? _overrides;
    private readonly Lock _sync = new();
    private HeliographClient? _client;
    private bool _isLoaded;

    internal HeliographConfigurationProvider(SharedClient shared, IEnumerable<Selection> selections, LocalOverrides? overrides)
    {
        (_shared, _layers, _overrides) = (shared, new LayerStack(selections), overrides);
        _overrides?.Changed += OnOverridesChanged;
    }

    /// <inheritdoc/>
    public event EventHandler<NamespaceChangedEventArgs>? Applied;

    /// <inheritdoc/>
    public event EventHandler<RevisionRefusedEventArgs>? Refused;

    /// <inheritdoc/>
    public event EventHandler<StalenessChangedEventArgs>? StalenessChanged;

    /// <inheritdoc/>
    public ClientStatus Current => _client?.GetStatus() ?? new ClientStatus(new Staleness(true, null, TimeSpan.Zero, null), null, []);

    /// <summary>Starts the client, the first time, and waits for it as its options say; then shows what it serves.</summary>
    /// <exception cref="HeliographUnavailableException">A namespace is there neither with a parent nor as last-known-good, and is not optional.</exception>
    public override void Load()
    {
        _overrides?.Read();
        _client ??= _shared.Acquire(client =>
        {
            client.Changed += OnChanged;
            client.Refused += OnRefused;
            client.StalenessChanged += OnStalenessChanged;
        });
        lock (_sync)
        {
            ShowOverrides();
            foreach (var name in _client.GetStatus().Namespaces.Select(status => status.Name))
                if (_client.GetNamespace(name) is { } view) _layers.Show(view);
            Data = _layers.Merge();
            _isLoaded = true;
        }
        _overrides?.Watch();
    }

    /// <summary>Lets go of the client; the last provider of a source ends it.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _client, null) is not { } client) return;
        _overrides?.Changed -= OnOverridesChanged;
        client.Changed -= OnChanged;
        client.Refused -= OnRefused;
        client.StalenessChanged -= OnStalenessChanged;
        _shared.Release();
    }

    /// <summary>Shows the options' selections, never a value.</summary>
    public override string ToString() => nameof(HeliographConfigurationProvider);

    private void OnChanged(object? sender, NamespaceChangedEventArgs change)
    {
        lock (_sync)
        {
            if (!_isLoaded || !_layers.Show(change.Current)) return; // the first load shows it, or has shown it
            Data = _layers.Merge();
        }
        OnReload(); // outside the lock: listeners rebind options and may read, or even load, from here
        Applied?.Invoke(this, change);
    }

    private void OnRefused(object? sender, RevisionRefusedEventArgs refusal) => Refused?.Invoke(this, refusal);

    private void OnStalenessChanged(object? sender, StalenessChangedEventArgs change) => StalenessChanged?.Invoke(this, change);

    private void OnOverridesChanged(object? sender, EventArgs e)
    {
        lock (_sync)
        {
            if (!_isLoaded) return;
            ShowOverrides();
            Data = _layers.Merge();
        }
        OnReload();
    }

    private void ShowOverrides()
    {
        if (_overrides is null) return;
        _layers.Overrides = _overrides.Values;
        _client?.OverrideLocally([.. _overrides.Values.Keys.Order(StringComparer.OrdinalIgnoreCase)]);
    }
}
