// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Simulation.Rotations;

/// <summary>What comes to a replica while keys are rotated, or an epoch ends; each once, in any order.</summary>
public enum RotationStep
{
    /// <summary>Root 2: the new head key beside the old one, and recovery keys.</summary>
    Root2,

    /// <summary>Root 3: the old head key is left out. From now on it is a thief's.</summary>
    Root3,

    /// <summary>A root 3 that a thief signed with keys of its own.</summary>
    ForgedRoot3,

    /// <summary>A change signed by the new key under root 2.</summary>
    ChangeUnderRoot2,

    /// <summary>A change signed by the new key under root 3.</summary>
    ChangeUnderRoot3,

    /// <summary>A change signed by the old key under root 2: right for whoever knows no later root, a theft for whoever does.</summary>
    StolenChange,

    /// <summary>The end of epoch 1 at its first entry, signed by the recovery keys of root 2.</summary>
    Transition,

    /// <summary>Another end of epoch 1, signed by a thief.</summary>
    ForgedTransition,

    /// <summary>A change in epoch 2.</summary>
    ChangeInEpoch2,

    /// <summary>The replica's machine loses its power.</summary>
    PowerCut,
}
