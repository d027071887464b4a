"""Tune an xlt module with DSPy on 20 rows, on a model of this machine: examples/dspy_tuning.py

The rows are our own: ten to learn from, ten to judge by. Needs pip install "xlt[dspy,local]" and
xlt models get; takes some minutes.
"""

from __future__ import annotations

from typing import Any

import dspy

from xlt.backends import local_model
from xlt.dspy import XLTModule

ROWS = [
    ("Ana tiene 5 manzanas y compra 7 más. ¿Cuántas tiene?", 12),
    ("Luis lee 12 páginas al día. ¿Cuántas lee en 4 días?", 48),
    ("En una caja hay 30 lápices. Se reparten entre 6 niños. ¿Cuántos recibe cada uno?", 5),
    ("Marta ahorra 15 euros al mes y gasta 4. ¿Cuánto le queda tras 3 meses?", 33),
    ("Un tren sale con 80 personas. Bajan 25 y suben 10. ¿Cuántas van ahora?", 65),
    ("Pedro corre 3 km cada día. ¿Cuántos km corre en dos semanas?", 42),
    ("Una docena de huevos cuesta 3 euros. ¿Cuánto cuestan 48 huevos?", 12),
    ("Rosa hornea 24 galletas y regala la mitad. Luego come 2. ¿Cuántas quedan?", 10),
    ("Un libro tiene 200 páginas. He leído 3 cuartas partes. ¿Cuántas me faltan?", 50),
    ("Hay 7 mesas con 4 sillas y 3 sillas sueltas. ¿Cuántas sillas hay?", 31),
    ("Juan tiene 9 canicas, pierde 4 y gana 6. ¿Cuántas tiene?", 11),
    ("Cada caja pesa 8 kg. ¿Cuánto pesan 9 cajas?", 72),
    ("Sofía tiene el doble de edad que su hermano de 7 años. ¿Cuántos años suman?", 21),
    ("Un camión lleva 45 sacos y deja 18 en la tienda. ¿Cuántos le quedan?", 27),
    ("Compro 3 camisetas de 12 euros y pago con 50. ¿Cuánto me devuelven?", 14),
    ("Un grifo llena 6 litros por minuto. ¿Cuántos minutos tarda en llenar 90 litros?", 15),
    ("En el aula hay 28 alumnos y faltan 5. ¿Cuántos han venido?", 23),
    ("Elena camina 2 km de ida y 2 de vuelta, 5 días. ¿Cuántos km camina?", 20),
    ("Se venden 14 entradas de 5 euros y 6 de 10. ¿Cuánto se recauda?", 130),
    ("Tengo 100 euros. Gasto un cuarto y luego 15. ¿Cuánto me queda?", 60),
]


def is_right(example: Any, prediction: Any, trace: Any = None) -> bool:
    return prediction.answer is not None and float(prediction.answer) == float(example.answer)


def main() -> None:
    backend = local_model(max_tokens=300)
    lm = dspy.LM(
        f"openai/{backend.model}",
        api_base=backend.url,
        api_key="none",
        temperature=0.0,
        max_tokens=300,
        cache=False,
    )
    dspy.configure(lm=lm)
    examples = [
        dspy.Example(problem=problem, language="es", answer=answer).with_inputs(
            "problem", "language"
        )
        for problem, answer in ROWS
    ]
    train, test = examples[:10], examples[10:]
    judge = dspy.Evaluate(devset=test, metric=is_right, num_threads=1, display_progress=False)
    module = XLTModule("mgsm")
    print("as it is:", judge(module).score, flush=True)
    optimizers = {
        "BootstrapFewShot": dspy.BootstrapFewShot(
            metric=is_right, max_bootstrapped_demos=2, max_labeled_demos=2
        ),
        "BootstrapFewShotWithRandomSearch": dspy.BootstrapFewShotWithRandomSearch(
            metric=is_right,
            max_bootstrapped_demos=2,
            max_labeled_demos=2,
            num_candidate_programs=1,
            num_threads=1,
        ),
    }
    for name, optimizer in optimizers.items():
        own = {"valset": train[5:]} if "Search" in name else {}
        tuned = optimizer.compile(module, trainset=train[:5], **own)
        print(
            f"{name}: {judge(tuned).score}, {len(tuned.predict.demos)} demonstrations", flush=True
        )
        for demo in tuned.predict.demos:
            print(dict(demo), flush=True)


if __name__ == "__main__":
    main()
